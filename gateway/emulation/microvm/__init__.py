"""Windows programs in a virtual machine with Wine, started from a saved state, used once.

`inside` runs in the guest; `relay`, `calls` and `reading` read what it says, in a confined guest of
the emulator's; everything else is the host's side.
"""
