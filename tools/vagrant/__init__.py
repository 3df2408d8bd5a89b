"""What the Vagrantfile puts into the machines beside the appliance: a sender and a mail server."""
