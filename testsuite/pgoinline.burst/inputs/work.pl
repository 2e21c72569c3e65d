# For the burst recorder: a bit of everything an interpreter does.
# SPDX-License-Identifier: GPL-3.0-or-later
use strict;
use warnings;
my (%count, @list, $x);
$x = 1;
for my $i (1 .. 60000) {
    $x = ($x * 1103515245 + 12345) & 0x7fffffff;
    $count{$x % 997} .= chr (97 + $x % 26);
    push @list, sprintf ("%08x", $x) if $i % 3 == 0;
}
my $text = join ",", sort @list;
my $n = 0;
$n++ while $text =~ /([0-9a-f]*f)(?=,[0-4])/g;
(my $other = $text) =~ s/(\d+)([a-f])/$2$1/g;
local $SIG{ALRM} = sub { $n += 1000000 };
kill ALRM => $$;
my $caught = 0;
for my $i (1 .. 3000) { eval { die { code => $i } if $i % 7 == 0; 1 } or $caught += $@->{code}; }
sub ack { my ($m, $n) = @_; no warnings 'recursion'; return $n + 1 unless $m; return ack ($m - 1, 1) unless $n; return ack ($m - 1, ack ($m, $n - 1)); }
printf "%d %d %d %d %s\n", $n, $caught, ack (2, 60), length $other, unpack ("%32C*", $other);
print join (" ", map { "$_=" . length $count{$_} } (sort { $a <=> $b } keys %count)[0 .. 9]), "\n";
