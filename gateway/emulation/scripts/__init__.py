"""Scripts and macros run on interpreters of our own or on quickjs, in confined guests.

`wire` and `environment` are the host's side; everything else runs in the guest.
"""
