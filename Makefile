# The door: each target installs what it needs, builds, and runs. The build itself is Meson's.
#
#   make            build/release, optimised       make test      everything, under three minutes
#   make demo       the command on a real log      make check     both compilers, all drivers, sanitizers
#   make bench      figures beside the peers       make conform   the reference's vectors
#   make install    PREFIX=/usr/local DESTDIR=     make clean
#
# The command is build/release/tools/weir/weir until it is installed.

PREFIX ?= /usr/local
VECTORS ?= tests/conform/vectors
LOG ?=

BUILD_PACKAGES = gcc libc6-dev meson ninja-build pkg-config zlib1g-dev libisal-dev liburing-dev
TEST_PACKAGES = libcmocka-dev libjansson-dev binutils procps
BENCH_PACKAGES = isal pigz time
CHECK_PACKAGES = clang clang-format libclang-rt-14-dev

PLAIN_TARGETS = tools/weir/weir tests/cli/cli_unit tests/cli/cli_peak tests/conform/conform

SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Dchecks=true

.PHONY: all demo test check bench conform install clean
all: build/release/build.ninja
	@scripts/build build/release

build/release/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES)
	@meson setup build/release -Dtests=false -Dprefix=$(PREFIX) >/dev/null

build/test/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@meson setup build/test $(SANITIZE) >/dev/null

build/plain/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@meson setup build/plain >/dev/null

demo: all
	@scripts/install-packages time
	@scripts/demo build/release/tools/weir/weir "$(LOG)"

# The library's tests run under the sanitizers with the contract asserted, the command's on the
# build that users get.
test: build/test/build.ninja build/plain/build.ninja
	@scripts/build build/test
	@scripts/build build/plain $(PLAIN_TARGETS)
	@meson test -t 4 -C build/test --no-rebuild --print-errorlogs --no-suite cli
	@meson test -t 4 -C build/plain --no-rebuild --print-errorlogs --suite cli
	@build/plain/tests/conform/conform $(VECTORS)

conform: build/plain/build.ninja
	@scripts/build build/plain tests/conform/conform
	@build/plain/tests/conform/conform $(VECTORS)

check:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) $(CHECK_PACKAGES)
	@scripts/check

bench: all
	@scripts/install-packages $(BENCH_PACKAGES)
	@command -v cargo >/dev/null || scripts/install-packages cargo
	@bench/run build/release

install: all
	@meson configure build/release -Dprefix=$(PREFIX)
	@meson install -C build/release --no-rebuild

clean:
	rm -rf build
