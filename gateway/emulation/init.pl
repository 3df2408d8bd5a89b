# Process 1 of a guest: starts the sample as the user, is its network, hands back files.
# It trusts neither the sample nor the files; it never runs anything but the sample.
# `sinkhole.pl` and `anyport.pl`, the network that it plays, stand before this text.
#   arguments: uid, working directory, program, its arguments
#   descriptor 0: the host's commands; 1: reports to the host; 2: what the sample prints
#   reports:  started PID / exited STATUS / idle / file HEXPATH SIZE + bytes / end
#             resolve HEXNAME ADDRESS / request HEXLINE HEXBODY
#             certificate HEXNAME (wanted) / handshake HEXNAME:PORT HOW (not completed)
#             words ADDRESS:PORT HEXBYTES : what was said there first, where it was no web request
#   commands: trust HASH HEXCERTIFICATE HEXKEY : first of all, whom the guest trusts
#             certificate HEXNAME HEXCERTIFICATE : what the sinkhole shows for a name
#             collect BYTES HEXPATH... : end every process, send these files, then finish
my ($uid, $directory, @command) = @ARGV;
my ($buffer, $sample_ended, $idle_told) = ('', 0, 0);
$| = 1;
$SIG{CHLD} = sub { };
$SIG{PIPE} = 'IGNORE';
exit 0 if !hear_host() || $buffer !~ s/^trust (\w+) (\w+) (\w+)\n//;
trust($1, pack('H*', $2), pack('H*', $3));
open_doors();

my $pid = fork;
defined $pid or die "fork: $!";
if ($pid == 0) {
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>&', \*STDERR);
    $SIG{PIPE} = 'DEFAULT';
    $( = $uid; $) = "$uid $uid"; $< = $uid; $> = $uid;
    $SIG{CHLD} = 'DEFAULT';
    chdir $directory;
    exec { $command[0] } @command;
    print STDERR "exec: $!\n";
    exit 126;
}
print "started $pid\n";

while (1) {
    while ((my $ended = waitpid(-1, 1)) != 0) {
        if ($ended < 0) {
            print "idle\n" if !$idle_told++;
            last;
        }
        print "exited $?\n" if $ended == $pid && !$sample_ended++;
    }
    my $ready = doors();
    vec($ready, 0, 1) = 1;
    my $any = select($ready, undef, undef, 0.05);
    serve($any > 0 ? $ready : '');
    next if $any <= 0 || !vec($ready, 0, 1);
    exit 0 if !hear_host();
    show_certificate(pack('H*', $1), pack('H*', $2))
        while $buffer =~ s/^certificate (\w+) (\w+)\n//;
    last if $buffer =~ /\n/;
}

my ($word, $allowance, @paths) = split / /, $buffer =~ s/\n.*//sr;
for (1 .. 200) {
    kill 9, -1;
    last if waitpid(-1, 1) < 0;
    select(undef, undef, undef, 0.005);
}
serve_last();
send_file(pack('H*', $_)) for @paths;
print "end\n";

# More of the host's commands; false when the host has gone.
sub hear_host {
    return sysread(STDIN, $buffer, $READ_SIZE, length $buffer);
}

# Sends at most what is left of the allowance; a file that does not fit is announced and not sent.
sub send_file {
    my ($path) = @_;
    return if -l $path || !-f _;
    open(my $file, '<', $path) or return;
    my $size = -s $file;
    my $name = unpack 'H*', $path;
    if ($size > $allowance) {
        print "omitted $name $size\n";
        return;
    }
    my $data = '';
    while (length $data < $size && sysread($file, $data, $READ_SIZE, length $data)) { }
    $allowance -= length $data;
    print "file $name ", length $data, "\n", $data;
}
