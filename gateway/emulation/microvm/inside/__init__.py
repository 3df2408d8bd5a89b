"""What runs in the guest as process 1 and its threads: the standard library and `frames` only.

Its files are copied into the guest's image (`tools.microvm`); on the host nothing imports them.
"""
