#!/bin/busybox sh
# The guest's first program: mounts the image with an overlay in memory above it, and starts the
# agent as process 1. Nothing that is written here ever reaches the image.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /order); do $b insmod /$module; done
$b mount -t squashfs -o ro /dev/vda /image
$b mount -t tmpfs -o mode=755 tmpfs /run
$b mount -t tmpfs -o mode=755,size=50%,nr_inodes=200k memory /memory
$b mkdir /memory/upper /memory/work /run/memory
$b mount -t overlay -o lowerdir=/image,upperdir=/memory/upper,workdir=/memory/work overlay /root
$b mount --move /memory /run/memory
for place in proc sys dev run; do $b mount --move /$place /root/$place; done
$b mkdir -p /root/dev/shm /root/dev/pts
$b mount -t tmpfs -o mode=1777,size=64m tmpfs /root/dev/shm
$b mount -t devpts devpts /root/dev/pts
$b hostname desk-17
$b cp -r /agent/. /root/usr/lib/sluice/
export PYTHONPATH=/usr/lib/sluice PYTHONDONTWRITEBYTECODE=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec $b switch_root /root /usr/bin/python3 -m gateway.emulation.microvm.inside.agent
