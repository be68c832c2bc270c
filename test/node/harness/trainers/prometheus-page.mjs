/** Reports on a Prometheus page: whoever looks at it sees one epoch more than was seen before; ends with the last. */
import { createServer } from 'node:http';

const PORT = 8000;

let epoch = 0;

function page() {
  return [
    '# HELP val_error The error, by split.',
    '# TYPE val_error gauge',
    `val_error{split="train"} ${0.5 / epoch}`,
    `val_error{note="a \\"quoted\\" } and a comma, too",split="val"} ${1 / epoch} ${Date.now()}`,
    '# TYPE epochs counter',
    `epochs ${epoch}`,
    '',
  ].join('\n');
}

const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end();
    return;
  }
  epoch += 1;
  response.setHeader('Content-Type', 'text/plain; version=0.0.4');
  response.end(page());
  if (epoch === Number(process.env.ABOHB_UNTIL)) server.close();
});
server.listen(PORT);
