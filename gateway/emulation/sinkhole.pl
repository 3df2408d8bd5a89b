# The network of a guest, played by process 1: every IPv4 address is the guest's own. Names, web pages
# and web pages over TLS are answered here, lead nowhere, and are told to the host.
# The certificate for a name is made by the host, whose key never comes here.
use strict;
my $READ_SIZE = 1 << 16;
my $VISITORS_MAX = 64;
my $NAMES_MAX = 250;
my $BODY_SHOWN = 200;
my $PATIENCE = 1;  # whole seconds for what was announced: a body, a whole first message
my $CERTIFICATES = '/etc/ssl/certs';
my ($dns, $web, $web_over_tls, $any_port, $key, %visitors, %address_of, %context_of);

# No module is loaded, since each costs start-up time: 2 = AF_INET = SOCK_DGRAM, 1 = SOCK_STREAM.
sub open_doors {
    own_address($_) for "\x01\0\0\1", "\x80\0\0\1";
    socket($dns, 2, 2, 17);
    bind($dns, pack('S n a4 x8', 2, 53, "\x7f\0\0\1")) or undef $dns;
    ($web, $web_over_tls) = (door(80), door(443));
    open_other_doors();
}

sub door {
    my ($port) = @_;
    socket(my $door, 2, 1, 6) or return undef;
    return bind($door, pack('S n a4 x8', 2, $port, "\0\0\0\0")) && listen($door, 64) ? $door : undef;
}

# The bits of what select(2) is to watch: doors, and visitors of whom something is expected.
sub doors {
    my $bits = '';
    vec($bits, fileno $_, 1) = 1 for grep { defined } $dns, $web, $web_over_tls, $any_port;
    vec($bits, $_, 1) = 1 for grep { $visitors{$_}{stage} ne 'certificate' } keys %visitors;
    return $bits;
}

sub serve {
    my ($ready) = @_;
    answer_query() if $dns && vec($ready, fileno $dns, 1);
    vec($ready, $_, 1) && attend($visitors{$_}) for keys %visitors;
    welcome($web, 'request') if $web && vec($ready, fileno $web, 1);
    welcome($web_over_tls, 'hello') if $web_over_tls && vec($ready, fileno $web_over_tls, 1);
    welcome($any_port, 'first') if $any_port && vec($ready, fileno $any_port, 1);
    for my $visitor (late_visitors()) {
        answer($visitor) if $visitor->{stage} =~ /^(?:first|request|mail)$/;
        fail($visitor, 'unanswered') if $visitor->{stage} eq 'certificate';
        dismiss($visitor) if $visitor->{stage} eq 'hello';
    }
}

sub late_visitors {
    return grep { $_->{stage} ne 'done' && time - $_->{since} > $PATIENCE } my @all = values %visitors;
}

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
    my ($door, $stage) = @_;
    accept(my $line, $door) or return;
    return if keys %visitors >= $VISITORS_MAX;
    my ($address, $port) = wanted_place($line);
    my $visitor = { line => $line, said => '', since => time, address => $address, port => $port };
    $visitor->{stage} = is_for_mail($port) ? 'mail' : $stage;
    $visitors{fileno $line} = $visitor;
    say_to($visitor, "220 mail\r\n") if $visitor->{stage} eq 'mail';
}

# Serves until nobody waits any more: what was said before the end is told.
sub serve_last {
    for (1 .. 4 * $VISITORS_MAX) {
        my $ready = doors();
        last if select($ready, undef, undef, 0) <= 0;
        serve($ready);
    }
    tell_words($_) for grep { $_->{stage} ne 'done' } my @all = values %visitors;
}

# first (any port) -> hello -> certificate -> handshake (over TLS only) -> request -> done: the rest is
# thrown away. Or mail -> done.
sub attend {
    my ($visitor) = @_;
    return look_at($visitor) if $visitor->{stage} eq 'first';
    return greet($visitor) if $visitor->{stage} eq 'hello';
    return shake($visitor) if $visitor->{stage} eq 'handshake';
    my $data = hear($visitor);
    return leave($visitor) if !defined $data;
    return if $visitor->{stage} eq 'done';
    return take_mail($visitor, $data) if $visitor->{stage} eq 'mail';
    $visitor->{said} .= $data;
    my ($head, $body) = split /\r?\n\r?\n/, $visitor->{said}, 2;
    return if !defined $body && length $visitor->{said} < $READ_SIZE;
    my $coming = $head =~ /^Content-Length:[ \t]*(\d{1,9})/mi ? $1 : $head =~ /^Transfer-Enc/mi;
    say_to($visitor, "HTTP/1.1 100 Continue\r\n\r\n")
        if $head =~ /^Expect:[ \t]*100/mi && !$visitor->{continued}++;
    answer($visitor) if length $body >= ($coming < $BODY_SHOWN ? $coming : $BODY_SHOWN);
}

sub answer {
    my ($visitor) = @_;
    my ($head, $body) = split /\r?\n\r?\n/, $visitor->{said}, 2;
    my ($method, $path) = $head =~ m{^([A-Z]{1,10}) (\S{1,2000}) HTTP/} or return hang_up($visitor);
    $visitor->{told} = 1;
    my ($host) = $head =~ /^Host:[ \t]*([\w.:-]{1,250})/mi;
    my $scheme = $visitor->{session} ? 'https' : 'http';
    $host //= $visitor->{name} // $visitor->{address};
    $path = "$scheme://$host$path" if $path !~ m{^https?://};
    print 'request ', unpack('H*', "$method $path"), ' ',
        unpack('H*', substr($body, 0, $BODY_SHOWN)), "\n";
    my ($type, $page) = content_for($path);
    my $size = length $page;
    $page = '' if $method eq 'HEAD';
    say_to($visitor, "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
        . "Content-Length: $size\r\nConnection: close\r\n\r\n$page");
    hang_up($visitor);
}

sub hang_up {
    my ($visitor) = @_;
    tell_words($visitor);
    $visitor->{stage} = 'done';
    Net::SSLeay::shutdown($visitor->{session}) if $visitor->{session};
    shutdown($visitor->{line}, 1);
}

# The visitor has gone.
sub leave {
    my ($visitor) = @_;
    tell_words($visitor) if $visitor->{stage} ne 'done';
    dismiss($visitor);
}

sub dismiss {
    my ($visitor) = @_;
    Net::SSLeay::free($visitor->{session}) if $visitor->{session};
    delete $visitors{fileno $visitor->{line}};
}

# What the visitor says next: empty when there is nothing yet, undefined when it has gone.
sub hear {
    my ($visitor) = @_;
    my $data = '';
    if (!$visitor->{session}) {
        return sysread($visitor->{line}, $data, $READ_SIZE) ? $data : undef;
    }
    for (1 .. 8) {  # a record holds 16 KiB, and select does not see what was decrypted
        my ($part, $size) = Net::SSLeay::read($visitor->{session}, $READ_SIZE);
        if ($size <= 0) {
            my $waits = unfinished($visitor, $size);
            return $waits || length $data ? $data : undef;
        }
        $data .= $part;
    }
    return $data;
}

sub say_to {
    my ($visitor, $words) = @_;
    return Net::SSLeay::write($visitor->{session}, $words) if $visitor->{session};
    syswrite($visitor->{line}, $words);
}

# The guest trusts one authority, in the places where OpenSSL and GnuTLS look.
sub trust {
    (my ($hash, $certificate), $key) = @_;
    mkdir $_ for '/etc/ssl', $CERTIFICATES;
    for my $name ('ca-certificates.crt', "$hash.0") {
        open(my $file, '>', "$CERTIFICATES/$name") or next;
        print $file $certificate;
    }
}

# The first message is looked at and left in the line: its name decides which certificate is shown.
sub greet {
    my ($visitor) = @_;
    recv($visitor->{line}, my $hello, 1 << 14, 2) // return dismiss($visitor);  # 2 = MSG_PEEK
    return dismiss($visitor) if ord $hello != 0x16;  # a handshake record: RFC 8446, 5.1
    my $size = length $hello < 5 ? 5 : 5 + unpack 'x3 n', $hello;
    return select(undef, undef, undef, 0.002) if length $hello < $size;
    $visitor->{name} = name_in($hello) || $visitor->{address};
    $visitor->{stage} = 'certificate';
    return shake($visitor) if exists $context_of{$visitor->{name}};
    return fail($visitor, 'unanswered') if keys %context_of >= $NAMES_MAX;
    print 'certificate ', unpack('H*', $visitor->{name}), "\n";
}

# ClientHello: RFC 8446, 4.1.2; the name in it: RFC 6066, 3.
sub name_in {
    my ($hello) = @_;
    my $at = 5 + 4 + 2 + 32;
    $at += 1 + ord substr($hello, $at, 1);
    $at += 2 + unpack 'n', substr($hello, $at, 2);
    $at += 1 + ord substr($hello, $at, 1);
    my $extensions = substr($hello, $at + 2);
    while (length $extensions >= 4) {
        my ($kind, $size) = unpack 'n n', $extensions;
        return $1 if $kind == 0 && substr($extensions, 9, $size - 5) =~ /^([\w.-]{1,253})$/;
        $extensions = substr($extensions, 4 + $size);
    }
    return '';
}

sub show_certificate {
    my ($name, $certificate) = @_;
    $context_of{$name} = context($certificate);
    my @waiting = grep { $_->{stage} eq 'certificate' && $_->{name} eq $name } values %visitors;
    shake($_) for @waiting;
}

# False where the guest cannot speak TLS.
sub context {
    my ($certificate) = @_;
    eval { require Net::SSLeay } or return 0;
    my $context = Net::SSLeay::CTX_new() or return 0;
    my $text = Net::SSLeay::BIO_new(Net::SSLeay::BIO_s_mem());
    Net::SSLeay::BIO_write($text, $certificate . $key);
    my $shown = Net::SSLeay::PEM_read_bio_X509($text);
    my $secret = Net::SSLeay::PEM_read_bio_PrivateKey($text);
    Net::SSLeay::CTX_use_certificate($context, $shown);
    Net::SSLeay::CTX_use_PrivateKey($context, $secret);
    Net::SSLeay::BIO_free($text);
    return $context;
}

sub shake {
    my ($visitor) = @_;
    if ($visitor->{stage} eq 'certificate') {
        my $context = $context_of{$visitor->{name}} or return fail($visitor, 'unanswered');
        $visitor->{session} = Net::SSLeay::new($context);
        fcntl($visitor->{line}, 4, 0x802);  # F_SETFL, O_RDWR | O_NONBLOCK
        Net::SSLeay::set_fd($visitor->{session}, fileno $visitor->{line});
        $visitor->{stage} = 'handshake';
    }
    my $done = Net::SSLeay::accept($visitor->{session});
    return if $done != 1 && unfinished($visitor, $done);
    return fail($visitor, refusal()) if $done != 1;
    @$visitor{'stage', 'since'} = ('request', time);
    attend($visitor);
}

# 2, 3 = SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE
sub unfinished {
    my ($visitor, $result) = @_;
    my $error = Net::SSLeay::get_error($visitor->{session}, $result);
    return $error == 2 || $error == 3;
}

# Why a handshake failed: the client's alert about the certificate (RFC 8446, 6.2), or anything else.
sub refusal {
    my $words = '';
    while (my $error = Net::SSLeay::ERR_get_error()) {
        $words .= Net::SSLeay::ERR_error_string($error);
    }
    return $words =~ /alert (?:bad|unknown|unsupported|certificate)/ ? 'refused' : 'broken';
}

sub fail {
    my ($visitor, $how) = @_;
    print 'handshake ', unpack('H*', "$visitor->{name}:$visitor->{port}"), " $how\n";
    dismiss($visitor);
}

# Something harmless of the kind that was asked for; scripts that do nothing where none is named.
sub content_for {
    my ($end) = $_[0] =~ m{^https?://[^/]*/[^?#]*\.(\w{1,5})(?:[?#]|$)};
    return ('text/html', "<!DOCTYPE html><title>Welcome</title>\n") if $_[0] =~ m{^https?://[^/]*/?$};
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
        return if keys %address_of >= $NAMES_MAX;
        $address_of{$name} = 1 + keys %address_of;
        print 'resolve ', unpack('H*', $name), " 198.51.100.$address_of{$name}\n";
    }
    my $answer = !$is_address ? '' : pack('n n n N n C4',
        0xc00c, 1, 1, 60, 4, 198, 51, 100, $address_of{$name});
    my $head = substr($query, 0, 2) . pack('n n n n n', 0x8180, 1, $is_address ? 1 : 0, 0, 0);
    send($dns, $head . $question . $answer, 0, $peer);
}
