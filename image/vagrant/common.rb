# In every box of the appliance. There is no ssh in it: whoever looks after it does so at its
# console. Vagrant asks nothing of it but to run.

module SluiceBox
  # Vagrant's way to talk to a machine, for one that is not talked to.
  class Console < Vagrant.plugin("2", :communicator)
    def ready?
      true
    end

    def test(_command, _options = nil)
      false
    end

    def execute(_command, _options = nil)
      0
    end
    alias sudo execute
  end

  class Plugin < Vagrant.plugin("2")
    name "Sluice appliance"
    communicator("sluice_console") { Console }
  end
end unless defined?(SluiceBox)

Vagrant.configure("2") do |config|
  config.vm.communicator = :sluice_console
  # A guest of our own would come too late: when the box is fetched by `up` itself, Vagrant has its list of
  # guests already. Nothing is asked of this one, as nobody listens; so halting does not wait for it either.
  config.vm.guest = :linux
  config.vm.graceful_halt_timeout = 1
  config.vm.allow_fstab_modification = false
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.ssh.insert_key = false
end
