"""Writes the event files beside it, with the libraries that training code uses:

    pip install tensorboardX==2.6.5 tensorboard==2.21.0 numpy==2.4.6
    python make.py
"""
import pathlib
import shutil

import numpy
import tensorboardX
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter

here = pathlib.Path(__file__).parent


def folder(name):
    path = here / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def name_file_in(path):
    """Event files are named after the time and the machine."""
    (written,) = path.iterdir()
    written.rename(path / "events.out.tfevents.1700000000.host")


# PyTorch's way: simple_value, steps from 1, a histogram and a text between the scalars.
path = folder("pytorch")
with tensorboardX.SummaryWriter(str(path)) as writer:
    for epoch in range(1, 5):
        writer.add_scalar("Loss/train", 1 / epoch, epoch)
        writer.add_histogram("weights", numpy.linspace(-1, 1, 50) * epoch, epoch, bins=4)
        writer.add_text("note", f"epoch {epoch}", epoch)
        writer.add_scalar("Loss/val", 2 / epoch, epoch)
name_file_in(path)

# TensorFlow 2's way: tensors without dimensions, steps from 0, one folder for training and one for validation.
for split, factor in (("train", 1), ("validation", 2)):
    path = folder(f"keras/{split}")
    writer = EventFileWriter(str(path))
    for epoch in range(3):
        writer.add_event(Event(step=epoch, wall_time=epoch, summary=scalar_pb("epoch_loss", factor / (epoch + 1))))
    writer.close()
    name_file_in(path)
