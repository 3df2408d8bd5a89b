"""The demo: real mails through the gateway between two NICs, each compared with its promise."""
