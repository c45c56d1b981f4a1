#!/bin/bash
# Boots systemd as process 1 over a copy of this machine that is thrown away; only FOLDER/units and FOLDER/state stay.
# Called by machine.py in new namespaces (unshare --pid --fork --mount --uts --ipc --cgroup), as root.
set -eu
folder=$1 project=$2
layers=$folder/layers
root=$layers/new
mkdir -p "$layers"
# A file system of its own: the upper layer may not lie within the lower one.
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" "$root"
rm -rf "${root:?}/run"
mkdir -p "$root/run" "$root/old" "$root/var/lib/private" "$root/$project"
for each in run tmp; do mount -t tmpfs tmpfs "$root/$each"; done
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount --bind "$project" "$root/$project"
mount --bind "$folder/units" "$root/etc/systemd/system"
mount --bind "$folder/state" "$root/var/lib/private"
cd "$root"
pivot_root . old
umount -l /old
# Not left to systemd in a container: without it the folder of a service's credentials stays empty.
mount --make-rshared /
exec env -i container=lottogrid PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=machine.target --log-target=journal --show-status=false
