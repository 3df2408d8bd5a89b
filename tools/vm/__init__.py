"""Runs a command on Debian's own kernel, with this machine's files, in QEMU without KVM.

For what the running kernel lacks: the native `nft queue` rule, first of all.
"""
