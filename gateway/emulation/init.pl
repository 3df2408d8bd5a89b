# Process 1 of a guest: starts the sample as the user, answers name queries, hands back files.
# It trusts neither the sample nor the files; it never runs anything but the sample.
#   arguments: uid, working directory, program, its arguments
#   descriptor 0: the host's commands; 1: reports to the host; 2: what the sample prints
#   reports:  started PID / exited STATUS / resolve HEXNAME / idle / file HEXPATH SIZE + bytes / end
#   commands: collect BYTES HEXPATH... : end every process, send these files, then finish
use strict;
$| = 1;
my ($uid, $directory, @command) = @ARGV;
my $READ_SIZE = 1 << 16;
my ($buffer, $sample_ended, $idle_told, %address_of) = ('', 0, 0);
$SIG{CHLD} = sub { };

# 2 = AF_INET = SOCK_DGRAM; no module is loaded, since each costs start-up time
socket(my $dns, 2, 2, 17);
my $bound = bind($dns, pack('S n a4 x8', 2, 53, "\x7f\0\0\1"));

my $pid = fork;
defined $pid or die "fork: $!";
if ($pid == 0) {
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>&', \*STDERR);
    close $dns;
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
    my $ready = '';
    vec($ready, 0, 1) = 1;
    vec($ready, fileno($dns), 1) = 1 if $bound;
    next if select($ready, undef, undef, 0.05) <= 0;
    answer_query() if $bound && vec($ready, fileno($dns), 1);
    next if !vec($ready, 0, 1);
    exit 0 if !sysread(STDIN, $buffer, $READ_SIZE, length $buffer);
    last if $buffer =~ /\n/;
}

my ($word, $allowance, @paths) = split / /, $buffer =~ s/\n.*//sr;
for (1 .. 200) {
    kill 9, -1;
    last if waitpid(-1, 1) < 0;
    select(undef, undef, undef, 0.005);
}
send_file(pack('H*', $_)) for @paths;
print "end\n";

# One address per name, so that the host can tell which name a connection is for.
sub answer_query {
    my $peer = recv($dns, my $query, 512, 0) // return;
    return if length $query < 17;
    my ($at, @labels) = (12);
    while ((my $size = ord substr($query, $at, 1)) && @labels < 64 && $at < length $query) {
        push @labels, substr($query, $at + 1, $size);
        $at += $size + 1;
    }
    my $question = substr($query, 12, $at + 5 - 12);
    my $name = join '.', @labels;
    my $is_address = substr($query, $at + 1, 2) eq "\0\1";
    if (!exists $address_of{$name}) {
        return if keys %address_of >= 250;
        $address_of{$name} = 1 + keys %address_of;
        print 'resolve ', unpack('H*', $name), " 198.51.100.$address_of{$name}\n";
    }
    my $answer = !$is_address ? '' : pack('n n n N n C4',
        0xc00c, 1, 1, 60, 4, 198, 51, 100, $address_of{$name});
    my $head = substr($query, 0, 2) . pack('n n n n n', 0x8180, 1, $is_address ? 1 : 0, 0, 0);
    send($dns, $head . $question . $answer, 0, $peer);
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
