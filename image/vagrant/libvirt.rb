# The appliance under libvirt: UEFI without a store of variables, which nothing in it needs.
Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |libvirt|
    firmware = %w[
      /usr/share/ovmf/OVMF.fd
      /usr/share/edk2/ovmf/OVMF.fd
      /usr/share/edk2/x64/OVMF.4m.fd
    ]
    libvirt.loader = firmware.find { |path| File.exist?(path) } || firmware.first
    libvirt.machine_type = "q35"
    libvirt.cpus = 2
    libvirt.memory = 3072
    libvirt.disk_bus = "virtio"
    libvirt.nic_model_type = "virtio"
    libvirt.management_network_mac = "${management}"
  end
end
