"""Tests of SPF, DKIM and DMARC."""
