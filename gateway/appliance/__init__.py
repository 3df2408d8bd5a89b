"""The appliance around the gateway: first settings, self-test, updates. Used by the image only."""
