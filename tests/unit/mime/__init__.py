"""Unit tests of the MIME scanner, decoder, splicer and TNEF reader."""
