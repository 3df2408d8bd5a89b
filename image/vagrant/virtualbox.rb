# The appliance under VirtualBox: UEFI, and no guest additions.
Vagrant.configure("2") do |config|
  config.vm.base_mac = "${management_plain}"
  config.vm.provider :virtualbox do |virtualbox|
    virtualbox.check_guest_additions = false
    virtualbox.functional_vboxsf = false
    virtualbox.default_nic_type = "virtio"
    virtualbox.cpus = 2
    virtualbox.memory = 3072
    virtualbox.customize ["modifyvm", :id, "--firmware", "efi64"]
    virtualbox.customize ["modifyvm", :id, "--graphicscontroller", "vmsvga", "--vram", "16"]
  end
end
