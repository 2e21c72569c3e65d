# pgoinline: profile-guided optimisation from samples, for the stock GCC.
#
#   make                 build into build/
#   make help            the other targets
#   make CC=gcc-11 BUILD=build-11   for another GCC
#   make CC=aarch64-linux-gnu-gcc-12 BUILD=build-aarch64    for a cross compiler: its plugin, the tool, both to run
#                                    here, and the runtime, to run there

CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
# CC is the compiler that the plugin is for, and of the runtime.  It compiles plugin and tool, too, which run here,
# unless it is a cross compiler: then HOSTCC does.
MACHINE := $(shell $(CC) -dumpmachine)
cpu      = $(firstword $(subst -, ,$(1)))
CROSS   := $(filter-out $(call cpu,$(MACHINE)),$(call cpu,$(shell gcc -dumpmachine 2>/dev/null)))
HOSTCC  ?= $(if $(CROSS),gcc,$(CC))
OBJCOPY ?= $(if $(CROSS),$(MACHINE)-)objcopy
# The C++ compilers of the same GCCs.
CXX     := $(shell echo '$(CC)' | sed -E 's/gcc(-[0-9]+)?$$/g++\1/')
HOSTCXX := $(shell echo '$(HOSTCC)' | sed -E 's/gcc(-[0-9]+)?$$/g++\1/')
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)$(if $(CROSS),/$(MACHINE))/lib
OPT     ?= -O2 -g
SANITIZE ?=

# V=1 shows the commands.
Q    := $(if $(filter 1,$(V)),,@)
say   = $(if $(filter 1,$(V)),,@printf '  %-8s%s\n' $(1) '$@')

PLUGIN_DIR := $(shell $(CC) -print-file-name=plugin)
VERSION    := $(shell cat VERSION)
# Of libpgosample: changes when a program linked with the one before would not run with it.
SOVERSION  := 0

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
CPPFLAGS += -I. -D_GNU_SOURCE -DPGOINLINE_VERSION='"$(VERSION)"'
CFLAGS_ALL   := -std=c11 $(OPT) -fPIC -fvisibility=hidden $(WARN) $(SANITIZE) $(CFLAGS)
CXXFLAGS_ALL := -std=c++14 $(OPT) -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti \
                -Wall -Wextra -Wno-unused-parameter $(CXXFLAGS)

XML_CFLAGS := $(shell xml2-config --cflags 2>/dev/null)
XML_LIBS   := -lxml2
TOOL_LIBS  := -ldw -lelf -lz $(XML_LIBS) -lm
RUNTIME_LIBS := -lz -lpthread -ldl

CORE_SRC    := $(sort $(wildcard core/*.c))
TOOL_SRC    := $(sort $(wildcard tool/*.c))
RUNTIME_SRC := $(sort $(wildcard runtime/*.c runtime/*.S))
PLUGIN_SRC  := $(sort $(wildcard plugin/*.cc))

CORE_OBJ    := $(CORE_SRC:%.c=$(BUILD)/%.o)
TOOL_OBJ    := $(TOOL_SRC:%.c=$(BUILD)/%.o)
RUNTIME_OBJ := $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $(RUNTIME_SRC))))
PLUGIN_OBJ  := $(PLUGIN_SRC:%.cc=$(BUILD)/%.o)

# convert decodes machine code with Zydis, on x86-64 only.
HAVE_ZYDIS := $(shell printf '\043include <Zydis/Zydis.h>\n\043ifndef __x86_64__\n\043error\n\043endif\n' | $(HOSTCC) -E - >/dev/null 2>&1 && echo 1)
ifeq ($(HAVE_ZYDIS),1)
TOOL_LIBS    += -lZydis
$(BUILD)/tool/%.o $(BUILD)/fuzz/translate $(BUILD)/libfuzzer/translate: CPPFLAGS += -DPGO_HAVE_ZYDIS=1
endif

PRODUCTS := $(BUILD)/pgoinline.so $(BUILD)/pgoinline
# The runtime of another machine needs zlib for that machine (Debian: zlib1g-dev:arm64).
HAVE_TARGET_ZLIB := $(if $(CROSS),$(shell printf '\043include <zlib.h>\nint main (void) { return !zlibVersion (); }\n' \
                      | $(CC) $(CFLAGS) -x c - $(LDFLAGS) -lz -o /dev/null 2>/dev/null && echo 1),1)
ifeq ($(HAVE_TARGET_ZLIB),1)
PRODUCTS += $(BUILD)/libpgosample.so $(BUILD)/libpgosample.a
else
$(info No zlib for $(MACHINE): libpgosample is not built.)
endif

.DEFAULT_GOAL := all
.PHONY: help all check check-cross stress torture fuzz-replay check-unit check-boundary asan fuzz bench demo install install-plugin \
        install-packaging clean deps

all: $(PRODUCTS) ## build everything into $(BUILD)/

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | sed 's,[$$](\([A-Z]*\)),\1,g' | expand -t 20

$(BUILD)/libcore.a: $(CORE_OBJ)
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(BUILD)/pgoinline: $(TOOL_OBJ) $(BUILD)/libcore.a
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

$(BUILD)/pgoinline.so: $(PLUGIN_OBJ) $(BUILD)/libcore.a
	$(call say,LINK)
	$(Q)$(HOSTCXX) -shared $(LDFLAGS) -o $@ $^ $(XML_LIBS) -lz -lm

$(BUILD)/libpgosample.so.$(SOVERSION): $(RUNTIME_OBJ) runtime/exports.map
	$(call say,LINK)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-z,defs,-z,now,-z,nodelete -Wl,-soname,$(@F) \
	  -Wl,--version-script=runtime/exports.map -o $@ $(RUNTIME_OBJ) $(RUNTIME_LIBS)

$(BUILD)/libpgosample.so: $(BUILD)/libpgosample.so.$(SOVERSION)
	$(Q)ln -sf $(<F) $@

# One object, so that nothing but pgosample_* can clash with the program's names.
$(BUILD)/libpgosample.a: $(RUNTIME_OBJ)
	$(call say,AR)
	@rm -f $@
	$(Q)$(CC) -r -nostdlib -o $(BUILD)/pgosample.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(BUILD)/pgosample.o
	$(Q)$(AR) rcsD $@ $(BUILD)/pgosample.o

$(BUILD)/core/%.o: CPPFLAGS += $(XML_CFLAGS)
$(BUILD)/tool/%.o: CPPFLAGS += $(XML_CFLAGS)
$(BUILD)/tool/record.o: CPPFLAGS += -DPGOINLINE_LIBDIR='"$(LIBDIR)"' -DPGOINLINE_SOVERSION='"$(SOVERSION)"'
# Distributions build with it; it calls libc's memcpy and its kin in place of runtime/memory.c's.
$(BUILD)/runtime/%.o: CPPFLAGS += -U_FORTIFY_SOURCE
$(BUILD)/plugin/%.o: CPPFLAGS += -I$(PLUGIN_DIR)/include

$(BUILD)/runtime/%.o: runtime/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/runtime/%.o: runtime/%.S
	@mkdir -p $(@D)
	$(call say,AS)
	$(Q)$(CC) $(CPPFLAGS) -fPIC -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(HOSTCC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(HOSTCXX) $(CPPFLAGS) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(CORE_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(RUNTIME_OBJ:.o=.d) $(PLUGIN_OBJ:.o=.d)

deps: ## install the packages that building and testing need (NO_DEPS=1: only check)
	@scripts/deps

# The test command of the README.  Its last line is "N passed, N failed".
check: deps ## install what testing needs (as deps), build, run all tests (under 15 minutes on 2 cores)
	@$(MAKE) --no-print-directory $(if $(findstring j,$(firstword -$(MAKEFLAGS))),,-j$(shell nproc)) all fuzz-replay
	@CC='$(CC)' CXX='$(CXX)' PGOINLINE_BUILD='$(BUILD)' testsuite/run

check-unit: $(BUILD)/libcore.a ## run the C unit tests of core alone
	@CC='$(CC)' CXX='$(CXX)' PGOINLINE_BUILD='$(BUILD)' testsuite/run pgoinline.unit

check-boundary: ## prove what each folder may include
	@scripts/check-boundary

CROSS_CC ?= aarch64-linux-gnu-gcc-12
check-cross: ## the plugin for a cross compiler (CROSS_CC), whose programs run under qemu-user; installs 70 MB of packages
	@CC='$(CROSS_CC)' scripts/deps cross
	@$(MAKE) --no-print-directory CC='$(CROSS_CC)' BUILD='$(BUILD)-cross' all
	@CC='$(CROSS_CC)' PGOINLINE_BUILD='$(BUILD)-cross' testsuite/run pgoinline.cross

# STRESS: runs of each program in each way; one takes 1 to 2 minutes of CPU time.
STRESS ?= 20
stress: all ## programs that a recorder could disturb, under bursts at the highest rate, STRESS=20 times each
	@CC='$(CC)' CXX='$(CXX)' PGOINLINE_BUILD='$(BUILD)' PGOINLINE_BURST_STRESS='$(STRESS)' testsuite/run pgoinline.burst

# TORTURE takes the options of testsuite/torture/run, and replaces all three: GCC's tests in each mode, those of its
# profile passes with their own profiles, and csmith's programs.
TORTURE_LEVELS := -o -O2 -o -O1 -o -O3 -o -Os -o '-O2 -flto' -o '-O2 -fPIC -g'
TORTURE_RUN    := CC='$(CC)' CXX='$(CXX)' PGOINLINE_BUILD='$(BUILD)' testsuite/torture/run
torture: all ## random counts, decisions and layouts: GCC's own execution tests, and csmith's programs (hours)
ifdef TORTURE
	@$(TORTURE_RUN) $(TORTURE)
else
	@$(TORTURE_RUN) -q $(TORTURE_LEVELS)
	@$(TORTURE_RUN) -q -p profile=@PROFILE@ $(TORTURE_LEVELS) tree-prof
	@$(TORTURE_RUN) -q -c 100 $(TORTURE_LEVELS)
endif

# The other set-up command of the README.  PROGRAM: sqlite3, lua, tcc, duktape or minigzip, from Debian's
# source, instead of our own example.
demo: ## sample a program while it runs, rebuild, compare: two minutes (PROGRAM=lua: that one, longer)
	@CC='$(CC)' scripts/deps build demo $(if $(PROGRAM),bench)
	@MAKE='$(MAKE)' scripts/demo --cc '$(CC)' --build '$(BUILD)' $(PROGRAM)

# BENCH takes the options of bench/run.  Results land in $(BUILD)/bench, the table in docs/benchmarks.md.
bench: ## build and measure five programs in every variant, write the table (about an hour)
	@CC='$(CC)' scripts/deps build bench
	@$(MAKE) --no-print-directory all
	@bench/run --cc '$(CC)' --build '$(BUILD)' $(BENCH)
	@bench/run --build '$(BUILD)' --table

# Made of the tables that --help is made of.
$(BUILD)/man/pgoinline.1: $(BUILD)/pgoinline
	@mkdir -p $(BUILD)/man $(BUILD)/completion
	$(call say,MAN)
	$(Q)for command in $$(sed -n 's/^PGO_COMMAND (\([a-z]*\),.*/\1/p' tool/commands.def); do \
	  $(BUILD)/pgoinline --man=$$command >$(BUILD)/man/pgoinline-$$command.1 || exit 1; done
	$(Q)$(BUILD)/pgoinline --completion >$(BUILD)/completion/pgoinline
	$(Q)$(BUILD)/pgoinline --man >$@

install-plugin: $(BUILD)/pgoinline.so
	@case '$(PLUGIN_DIR)' in /*) ;; *) echo 'install: $(CC) has no plugin directory' >&2; exit 1 ;; esac
	install -d '$(DESTDIR)$(PLUGIN_DIR)'
	install -m 644 $(BUILD)/pgoinline.so '$(DESTDIR)$(PLUGIN_DIR)/'

install: all install-plugin $(BUILD)/man/pgoinline.1 ## install: the plugin where $(CC) looks for it, the rest below $(DESTDIR)/$(PREFIX)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/include' '$(DESTDIR)$(LIBDIR)/pkgconfig'
	install -m 755 $(BUILD)/pgoinline '$(DESTDIR)$(PREFIX)/bin/'
	install -m 644 $(BUILD)/libpgosample.so.$(SOVERSION) $(BUILD)/libpgosample.a '$(DESTDIR)$(LIBDIR)/'
	ln -sf libpgosample.so.$(SOVERSION) '$(DESTDIR)$(LIBDIR)/libpgosample.so'
	install -m 644 runtime/pgosample.h '$(DESTDIR)$(PREFIX)/include/'
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	install -m 644 $(BUILD)/man/*.1 '$(DESTDIR)$(PREFIX)/share/man/man1/'
	install -m 644 $(BUILD)/completion/pgoinline '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/'
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@LIBDIR@,$(LIBDIR),' -e 's,@VERSION@,$(VERSION),' \
	  -e 's,@RUNTIME_LIBS@,$(RUNTIME_LIBS),' packaging/pgosample.pc.in >'$(DESTDIR)$(LIBDIR)/pkgconfig/pgosample.pc'
	install -d '$(DESTDIR)$(PREFIX)/share/cmake/pgoinline' '$(DESTDIR)$(PREFIX)/share/pgoinline/meson'
	install -m 644 packaging/cmake/pgoinline-config.cmake '$(DESTDIR)$(PREFIX)/share/cmake/pgoinline/'
	install -m 644 packaging/meson/meson.build '$(DESTDIR)$(PREFIX)/share/pgoinline/meson/'
	install -m 644 packaging/pgoinline.specs '$(DESTDIR)$(PREFIX)/share/pgoinline/'

# For distributions: debhelper's sequence with its commands, and RPM's macros.
PERL_DIR      ?= $(PREFIX)/share/perl5
RPM_MACRO_DIR ?= $(PREFIX)/lib/rpm/macros.d
install-packaging: ## install what builds packages with profiles: a debhelper sequence, RPM macros
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PERL_DIR)/Debian/Debhelper/Sequence' '$(DESTDIR)$(RPM_MACRO_DIR)' \
	  '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 755 packaging/debhelper/dh_pgoinline packaging/debhelper/dh_pgoinline_train '$(DESTDIR)$(PREFIX)/bin/'
	install -m 644 packaging/debhelper/Debian/Debhelper/Pgoinline.pm '$(DESTDIR)$(PERL_DIR)/Debian/Debhelper/'
	install -m 644 packaging/debhelper/Debian/Debhelper/Sequence/pgoinline.pm '$(DESTDIR)$(PERL_DIR)/Debian/Debhelper/Sequence/'
	install -m 644 packaging/rpm/macros.pgoinline '$(DESTDIR)$(RPM_MACRO_DIR)/'
	for command in dh_pgoinline dh_pgoinline_train; do \
	  pod2man --section=1 --release='$(VERSION)' --center=pgoinline packaging/debhelper/$$command \
	    >'$(DESTDIR)$(PREFIX)/share/man/man1/'$$command.1 || exit 1; done

# The tests of core and tool, built to stop at the first fault of memory or undefined behaviour.
ASAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ASAN_TESTS := $(notdir $(wildcard $(addprefix testsuite/pgoinline.,unit format convert tool fuzz)))
asan: ## core and tool under AddressSanitizer and UBSan, with their tests, into $(BUILD)-asan/
	@$(MAKE) --no-print-directory BUILD='$(BUILD)-asan' OPT='-O1 -g' SANITIZE='$(ASAN_FLAGS)' \
	  '$(BUILD)-asan/libcore.a' '$(BUILD)-asan/pgoinline' fuzz-replay
	@CC='$(CC)' CXX='$(CXX)' PGOINLINE_BUILD='$(BUILD)-asan' PGOINLINE_UNIT_FLAGS='$(ASAN_FLAGS)' \
	  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 testsuite/run $(ASAN_TESTS)

# Fuzzing: testsuite/fuzz/NAME.c is a target.  With replay.c it is a plain program, run by `make check`;
# with clang's libFuzzer it searches, from the corpus, for FUZZ_SECONDS each.
FUZZ_TARGETS := $(filter-out file replay,$(patsubst testsuite/fuzz/%.c,%,$(wildcard testsuite/fuzz/*.c)))
FUZZ_LINK    := $(BUILD)/fuzz/tool.a $(BUILD)/fuzz/runtime.a $(BUILD)/libcore.a
FUZZ_FLAGS   := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CLANG   ?= clang
FUZZ_SECONDS ?= 60
FUZZ_RUN     ?= $(FUZZ_TARGETS)

$(BUILD)/fuzz/tool.a: $(filter-out %/tool/main.o,$(TOOL_OBJ))
	@mkdir -p $(@D)
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

# What of the runtime takes bytes from outside; not its memory.c, which is for itself alone.
$(BUILD)/fuzz/runtime.a: $(addprefix $(BUILD)/runtime/,http-request.o options.o raw.o burst-decode.o burst-translate.o)
	@mkdir -p $(@D)
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(BUILD)/fuzz/%: testsuite/fuzz/%.c testsuite/fuzz/file.c testsuite/fuzz/replay.c $(FUZZ_LINK)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CPPFLAGS) $(XML_CFLAGS) $(CFLAGS_ALL) -o $@ $^ $(TOOL_LIBS)

$(BUILD)/libfuzzer/%: testsuite/fuzz/%.c testsuite/fuzz/file.c $(FUZZ_LINK)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CPPFLAGS) $(XML_CFLAGS) $(CFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(TOOL_LIBS)

fuzz-replay: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)

fuzz: ## search for crashes with clang's libFuzzer (FUZZ_SECONDS=60 FUZZ_RUN="profile index")
	@$(MAKE) --no-print-directory CC=$(FUZZ_CLANG) BUILD='$(BUILD)-fuzz' OPT='-O1 -g' \
	  SANITIZE='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link' $(FUZZ_RUN:%='$(BUILD)-fuzz/libfuzzer/%')
	@bad=0; for target in $(FUZZ_RUN); do \
	  mkdir -p '$(BUILD)-fuzz/corpus/'$$target && cd '$(BUILD)-fuzz' || exit 1; \
	  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 ./libfuzzer/$$target \
	    -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix=$$target- \
	    corpus/$$target '$(CURDIR)/testsuite/fuzz/corpus/'$$target >$$target.log 2>&1; status=$$?; \
	  echo "$$target: status $$status, $$(sed -n 's/^stat::number_of_executed_units: *//p' $$target.log) executions; $(BUILD)-fuzz/$$target.log"; \
	  [ $$status = 0 ] || { grep -E 'ERROR|SUMMARY|runtime error|\.c:[0-9]+:|Test unit' $$target.log; bad=1; }; \
	  cd '$(CURDIR)'; \
	done; exit $$bad

clean: ## remove $(BUILD)/
	rm -rf $(BUILD)
