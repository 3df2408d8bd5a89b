# Every port of a guest's network that is neither 53, 80 nor 443, played by process 1. What comes over
# TCP is taken in, is greeted only where the server speaks first in mail, and is hung up on after a
# while; HTTP and TLS are answered as on their own ports. What comes over UDP is taken in silence.
# Packets to any address but 127.0.0.0/8 are sent to ports of ours by netfilter's table `nat`, whose
# binary form (linux/netfilter_ipv4/ip_tables.h) is written here: the guest has no iptables.
my $OUR_PORT = 1;
my $WORDS_SHOWN = 200;
my $silence;

sub open_other_doors {
    $any_port = door($OUR_PORT);
    # Nobody reads it: its buffer fills, and the rest is lost, as on a network.
    socket($silence, 2, 2, 17) && bind($silence, pack('S n a4 x8', 2, $OUR_PORT, "\x7f\0\0\1"));
    my ($tcp, $udp) = (6, 17);
    my @rules_of_output = (
        map({ entry(elsewhere($tcp), to_port($tcp, $_), verdict_accept()) } 80, 443),
        entry(elsewhere($tcp), '', redirect($OUR_PORT)),
        entry(elsewhere($udp), to_port($udp, 53), redirect(53)),
        entry(elsewhere($udp), '', redirect($OUR_PORT)),
    );
    my $end = entry(everything(), '', verdict_accept());
    my $mark = pack('S a29 C a30 x2', 64, 'ERROR', 0, 'ERROR');
    # The chains in the order of their hooks; each ends with its policy.
    my @entries = ($end, $end, @rules_of_output, $end, $end, entry(everything(), '', $mark));
    my @at = (0);
    push @at, $at[-1] + length $_ for @entries;
    my ($before, $input, $output, $output_ends, $after) = @at[0, 1, 2, -4, -3];
    # The hooks PREROUTING 0, INPUT 1, OUTPUT 3 and POSTROUTING 4; 64 = IPT_SO_SET_REPLACE
    my $table = pack('a32 L L L L5 L5 L Q', 'nat', 0b11011, scalar @entries, $at[-1],
        $before, $input, 0, $output, $after, $before, $input, 0, $output_ends, $after, 0, 0);
    socket(my $raw, 2, 3, 255) or return;
    setsockopt($raw, 0, 64, $table . join '', @entries);
}

# struct ipt_entry: whom it is for, matches, target
sub entry {
    my ($whom, $matches, $target) = @_;
    my $size = 112 + length $matches;
    return $whom . pack('L S S L x16', 0, $size, $size + length $target, 0) . $matches . $target;
}

# struct ipt_ip; 0x10 = IPT_INV_DSTIP
sub everything { return pack 'x84' }
sub elsewhere { return pack 'x4 C4 x4 C4 x64 S C C', 127, 0, 0, 0, 255, 0, 0, 0, $_[0], 0, 0x10 }

# struct xt_tcp or xt_udp, as a match
sub to_port {
    my ($protocol, $port) = @_;
    return pack 'S a29 C S4 x8', 48, $protocol == 6 ? 'tcp' : 'udp', 0, 0, 0xffff, $port, $port;
}

# -2 = -NF_ACCEPT - 1; 2 = NF_NAT_RANGE_PROTO_SPECIFIED
sub verdict_accept { return pack 'S a29 C l x4', 40, '', 0, -2 }
sub redirect { return pack 'S a29 C L L x8 n n x4', 56, 'REDIRECT', 0, 1, 2, $_[0], $_[0] }

# Where a visitor wanted to go: address and port; 80 = SO_ORIGINAL_DST
sub wanted_place {
    my ($line) = @_;
    my $wanted = getsockopt($line, 0, 80) // getsockname $line;
    my ($port, @address) = unpack 'x2 n C4', $wanted;
    return (join('.', @address), $port);
}

# The first byte tells whether it is TLS, and is left in the line.
sub look_at {
    my ($visitor) = @_;
    recv($visitor->{line}, my $first, 1, 2) // return dismiss($visitor);  # 2 = MSG_PEEK
    return dismiss($visitor) if $first eq '';
    $visitor->{stage} = ord $first == 0x16 ? 'hello' : 'request';
    attend($visitor);
}

# Tells the host what a visitor said who asked for no page.
sub tell_words {
    my ($visitor) = @_;
    return if $visitor->{said} eq '' || $visitor->{told}++;
    print "words $visitor->{address}:$visitor->{port} ",
        unpack('H*', substr($visitor->{said}, 0, $WORDS_SHOWN)), "\n";
}

sub is_for_mail { return $_[0] == 25 || $_[0] == 587 || $_[0] == 2525 }

# Mail as RFC 5321 has it: every command is welcome, every letter is taken.
sub take_mail {
    my ($visitor, $data) = @_;
    $visitor->{said} .= $data if length $visitor->{said} < $WORDS_SHOWN;
    $visitor->{rest} = substr("$visitor->{rest}$data", -$READ_SIZE);
    $visitor->{since} = time;
    while ($visitor->{rest} =~ s/^(.*?)\r?\n//) {
        my $command = $1;
        next if $visitor->{letter} && $command ne '.';
        my $begins = !$visitor->{letter} && $command =~ /^DATA/i;
        $visitor->{letter} = $begins;
        say_to($visitor, answer_to($command));
        return hang_up($visitor) if $command =~ /^QUIT/i;
    }
}

sub answer_to {
    my ($command) = @_;
    return "250-mail\r\n250 AUTH PLAIN\r\n" if $command =~ /^EHLO/i;
    return "354 go on\r\n" if $command =~ /^DATA/i;
    return "235 welcome\r\n" if $command =~ /^AUTH/i;
    return "221 bye\r\n" if $command =~ /^QUIT/i;
    return "250 ok\r\n";
}
