"""PDF documents: the JavaScript of every trigger and every action, against an emulated Acrobat.

`reading` and its neighbours turn a file into `model`; `run` plays it, in a confined guest only.
"""
