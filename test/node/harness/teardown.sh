# Undoes what a real node did outside its directory. Run when its programs have been killed, in whatever state they left
# things; every step does nothing where there is nothing to do. Usage: teardown.sh DIRECTORY
dir=$1

# Containers and their shims: whoever is in a pod's control group, and whoever serves our containerd.
procs() { find /sys/fs/cgroup -path '*/kubepods*' -name cgroup.procs -exec cat {} + 2>/dev/null; }
# The brackets keep the search from finding itself.
shims() { grep -alz "^$dir/[c]ontainerd.sock$" /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\n'; }
try=0
while pids=$(shims; procs); [ -n "$pids" ] && [ $try -lt 100 ]; do
  kill -KILL $pids 2>/dev/null
  try=$((try + 1))
  sleep 0.1
done

# Mounts, the innermost first: containers' disks, volumes and network namespaces.
awk -v dir="$dir/" 'index($2, dir) == 1 {print $2}' /proc/mounts | sort -r | while read -r path; do umount -l "$path"; done

find /sys/fs/cgroup -path '*/kubepods*' -depth -type d -exec rmdir {} + 2>/dev/null

# Network: the bridge (pods' ends went with their namespaces), and the chains of the kubelet and kube-proxy.
ip link delete abohb0 2>/dev/null
for family in iptables ip6tables; do
  rules=$($family-save 2>/dev/null) || continue
  case $rules in *KUBE-*) printf '%s\n' "$rules" | grep -v KUBE- | $family-restore ;; esac
done

# Kernel settings that the kubelet and kube-proxy changed, and folders that were not there before.
if [ -f "$dir/sysctl.before" ]; then
  while read -r path value; do
    [ "$(cat "$path" 2>/dev/null)" = "$value" ] || printf '%s\n' "$value" >"$path"
  done <"$dir/sysctl.before"
fi
find /var/log/containers -lname "$dir/*" -delete 2>/dev/null
if [ -f "$dir/absent.before" ]; then
  while read -r path; do rm -rf "$path"; done <"$dir/absent.before"
fi
