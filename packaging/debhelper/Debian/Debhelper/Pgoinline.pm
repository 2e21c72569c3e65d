# What the debhelper sequence pgoinline, dh_pgoinline and dh_pgoinline_train share: is a profile to be used,
# which, and by which flags.
#
# SPDX-License-Identifier: GPL-3.0-or-later
package Debian::Debhelper::Pgoinline;
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Path qw(make_path);
use Debian::Debhelper::Dh_Lib qw(error warning);
use Exporter qw(import);

our @EXPORT_OK = qw(profiles wanted flags set_environment report_folder clean_list PROFILE_FOLDER);

use constant PROFILE_FOLDER => 'debian/pgo';
# Below debian/.debhelper, which dh_clean removes.
use constant SCRATCH_FOLDER => 'debian/.debhelper/generated/_source/pgoinline';

# The variables of dpkg-buildflags that reach a front end of GCC.
my @COMPILER_FLAGS = qw(CFLAGS CXXFLAGS OBJCFLAGS OBJCXXFLAGS FFLAGS FCFLAGS GCJFLAGS);

# The tool and the plugin; other than installed ones for tests.
my $tool = $ENV{DH_PGOINLINE_TOOL} // 'pgoinline';
my $plugin = $ENV{DH_PGOINLINE_PLUGIN} // 'pgoinline';

# LIST, of words separated by white space, without those in @REMOVE.
sub clean_list
{
  my ($list, @remove) = @_;
  my %remove = map { $_ => 1 } @remove;
  return join (' ', grep { !$remove{$_} } split (' ', $list // ''));
}

# The profiles that the package ships, in one order everywhere.
sub profiles
{
  my @files = sort glob (PROFILE_FOLDER . '/*.pgo.xml');
  return @files;
}

# There are profiles, and neither profiles nor options of this build say nopgo.
sub wanted
{
  my @words = split (/[\s,]+/, ($ENV{DEB_BUILD_PROFILES} // '') . ' ' . ($ENV{DEB_BUILD_OPTIONS} // ''));
  return profiles () && !grep { $_ eq 'nopgo' } @words;
}

sub report_folder
{
  return getcwd () . '/' . SCRATCH_FOLDER . '/reports';
}

# The standard output of a command, which must succeed.
sub output_of
{
  my @command = @_;
  open (my $stream, '-|', @command) or error ("cannot run $command[0]: $!");
  local $/;
  my $text = <$stream> // '';
  close ($stream) or error ("@command: " . ($! ? $! : 'exit status ' . ($? >> 8)));
  return $text;
}

# Refuse compilers that lack the plugin, before each of their calls does.
sub check_compiler
{
  return if $plugin ne 'pgoinline';
  my $compiler = $ENV{CC};
  if (!defined $compiler)
    {
      my ($build, $host) = map { $ENV{"DEB_${_}_GNU_TYPE"} // '' } qw(BUILD HOST);
      $compiler = $host ne $build ? "$host-gcc" : 'gcc';
    }
  my $folder = eval { output_of (split (' ', $compiler), '-print-file-name=plugin') } // '';
  chomp $folder;
  error ("$compiler has no plugin pgoinline (package gcc-VERSION-plugin-pgoinline); "
         . "DEB_BUILD_OPTIONS=nopgo builds without the profile")
    unless -e "$folder/pgoinline.so";
}

# One profile of all that the package ships.
sub the_profile
{
  my @profiles = profiles ();
  return $profiles[0] if @profiles == 1;
  my $merged = SCRATCH_FOLDER . '/merged.pgo.xml';
  make_path (SCRATCH_FOLDER);
  output_of ($tool, 'merge', @profiles, '-o', $merged);
  return $merged;
}

# The flags that use the shipped profiles.  Absolute, because a package's makefiles run compilers anywhere
# below; what GCC records does not have them.
sub flags
{
  check_compiler ();
  my $flags = output_of ($tool, 'flags', '--absolute', '--plugin', $plugin, '--profile', the_profile ());
  chomp $flags;
  return $flags;
}

# Have dpkg-buildflags, and what is in the environment already, hand the flags to all compilers that this
# process starts.
sub set_environment
{
  my $reports = report_folder ();
  make_path ($reports);
  my $flags = flags () . " -fplugin-arg-pgoinline-report=$reports";
  # A dh inside a dh: it is done.
  return if ($ENV{DH_PGOINLINE_FLAGS} // '') eq $flags;
  $ENV{DH_PGOINLINE_FLAGS} = $flags;
  for my $name (@COMPILER_FLAGS)
    {
      $ENV{"DEB_${name}_APPEND"} = join (' ', grep { defined } $ENV{"DEB_${name}_APPEND"}, $flags);
      # Exported by debian/rules, as by DPKG_EXPORT_BUILDFLAGS: dpkg-buildflags is not asked again.
      $ENV{$name} .= " $flags" if exists $ENV{$name};
    }
  # With link-time optimisation the linker compiles.
  my $link = $ENV{LDFLAGS} // '';
  my $compile = join (' ', map { $ENV{$_} // '' } qw(DEB_BUILD_MAINT_OPTIONS DEB_CFLAGS_MAINT_APPEND CFLAGS));
  if ("$link $compile" =~ /-flto|=\S*\+lto/)
    {
      $ENV{DEB_LDFLAGS_APPEND} = join (' ', grep { defined } $ENV{DEB_LDFLAGS_APPEND}, $flags);
      $ENV{LDFLAGS} .= " $flags" if exists $ENV{LDFLAGS};
    }
}

1;
