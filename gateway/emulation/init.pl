# Process 1 of a guest: starts the sample as the user, is its network, hands back files.
# Every IPv4 address is the guest's own: names and web pages are answered here, and lead nowhere.
# It trusts neither the sample nor the files; it never runs anything but the sample.
#   arguments: uid, working directory, program, its arguments
#   descriptor 0: the host's commands; 1: reports to the host; 2: what the sample prints
#   reports:  started PID / exited STATUS / resolve HEXNAME / request HEXLINE / idle
#             file HEXPATH SIZE + bytes / end
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

own_address($_) for "\x01\0\0\1", "\x80\0\0\1";
# 1 = SOCK_STREAM; SO_REUSEADDR is not needed in a guest that is used once
my ($web, %visitors);
socket($web, 2, 1, 6);
my $serves = bind($web, pack('S n a4 x8', 2, 80, "\0\0\0\0")) && listen($web, 64);
$SIG{PIPE} = 'IGNORE';

my $pid = fork;
defined $pid or die "fork: $!";
if ($pid == 0) {
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>&', \*STDERR);
    close $dns;
    close $web;
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
    my $ready = '';
    vec($ready, 0, 1) = 1;
    vec($ready, fileno($dns), 1) = 1 if $bound;
    vec($ready, fileno($web), 1) = 1 if $serves;
    vec($ready, $_, 1) = 1 for keys %visitors;
    next if select($ready, undef, undef, 0.05) <= 0;
    answer_query() if $bound && vec($ready, fileno($dns), 1);
    welcome() if $serves && vec($ready, fileno($web), 1);
    vec($ready, $_, 1) && attend($_) for keys %visitors;
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

# Half of all addresses for the loopback interface, by netlink (rtnetlink(7)): RTM_NEWADDR 20 with
# NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK; IFA_ADDRESS 1, IFA_LOCAL 2; interface 1.
sub own_address {
    my ($address) = @_;
    socket(my $line, 16, 3, 0) or return;
    my $body = pack('C4 L', 2, 1, 0, 0, 1)
        . pack('S S a4', 8, 1, $address) . pack('S S a4', 8, 2, $address);
    syswrite($line, pack('L S S L L', 16 + length $body, 20, 0x605, 1, 0) . $body);
    sysread($line, my $said, 4096);
}

sub welcome {
    accept(my $visitor, $web) or return;
    $visitors{fileno $visitor} = { line => $visitor, said => '', done => 0 } if keys %visitors < 64;
}

# One request is answered, whatever comes after it is thrown away until the visitor leaves.
sub attend {
    my $visitor = $visitors{$_[0]};
    my $data = '';
    if (!sysread($visitor->{line}, $data, $READ_SIZE)) {
        delete $visitors{$_[0]};
        return;
    }
    return if $visitor->{done};
    $visitor->{said} .= $data;
    return if $visitor->{said} !~ /\r?\n\r?\n/ && length $visitor->{said} < $READ_SIZE;
    $visitor->{done} = 1;
    my ($method, $path) = $visitor->{said} =~ /^([A-Z]{1,10}) (\S{1,2000})/ or return;
    my ($host) = $visitor->{said} =~ /^Host:[ \t]*([\w.:-]{1,250})/mi;
    $path = 'http://' . ($host // '') . $path if $path !~ m{^http://};
    print 'request ', unpack('H*', "$method $path"), "\n";
    my ($type, $page) = content_for($path);
    my $size = length $page;
    $page = '' if $method eq 'HEAD';
    syswrite($visitor->{line}, "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
        . "Content-Length: $size\r\nConnection: close\r\n\r\n$page");
    shutdown($visitor->{line}, 1);
}

# Something harmless of the kind that was asked for; scripts that do nothing where none is named.
sub content_for {
    my ($end) = $_[0] =~ m{^http://[^/]*/[^?#]*\.(\w{1,5})(?:[?#]|$)};
    return ('text/html', "<!DOCTYPE html><title>Welcome</title>\n") if $_[0] =~ m{^http://[^/]*/?$};
    return ('text/x-python', "pass\n") if ($end // '') eq 'py';
    return ('text/x-perl', "1;\n") if ($end // '') eq 'pl';
    return ('text/javascript', ";\n") if ($end // '') =~ /^m?js$/;
    return ('application/json', "{}\n") if ($end // '') eq 'json';
    return ('text/html', "<!DOCTYPE html><title>Welcome</title>\n") if ($end // '') =~ /^html?$/;
    return ('text/plain', "ok\n") if ($end // '') =~ /^(?:txt|csv|md|log)$/;
    return ('application/octet-stream', "#!/bin/sh\nexit 0\n");
}

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
