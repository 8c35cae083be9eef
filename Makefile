# The door: each target installs what it needs, builds, and runs. The build itself is Meson's.
#
#   make            build/release, optimised       make test      what a change must pass, in minutes
#   make demo       the command on a real log      make slow      and the tests that take longer
#   make check      both compilers, all drivers, sanitizers; PART="musl s390x": scripts/check --list
#   make coverage   what the tests go through      make counts    instructions; RECORD=1 of both
#   make bench      figures beside the peers       make conform   the reference's vectors
#   make mutate     whether the tests notice       make fuzz      random pipelines, SECONDS=60 SEED=
#   make install    PREFIX=/usr/local DESTDIR=     make site      the manual for a browser: build/site
#   make dist       a release, in build/dist      make distcheck  whether that is all one needs
#   make clean
#
# OPTIONS="-Djson=disabled ..." are what a build is configured with the first time: meson_options.txt.
# The command is build/release/tools/weir/weir until it is installed.

PREFIX ?= /usr/local
VECTORS ?= tests/conform/vectors
LOG ?=
SECONDS ?= 60
SEED ?=
PART ?=
RECORD ?=
DESTDIR ?=
OPTIONS ?=

BUILD_PACKAGES = gcc libc6-dev meson ninja-build pkg-config zlib1g-dev libisal-dev liburing-dev \
	libssl-dev libnghttp2-dev libxxhash-dev libzstd-dev liblz4-dev libbrotli-dev liblzma-dev libbz2-dev \
	libclang-14-dev libnats-dev librdkafka-dev libhiredis-dev
TEST_PACKAGES = libcmocka-dev libjansson-dev libuv1-dev uthash-dev acl binutils procps valgrind \
	zstd lz4 brotli xz-utils bzip2 pigz protobuf-compiler mandoc zsh fish \
	nats-server redis-server python3 lua5.4 liblua5.4-dev
BENCH_PACKAGES = isal libuv1-dev pigz strace time util-linux valgrind wrk nghttp2-client nghttp2-server \
	nginx curl python3 python3-h2 python3-hyperframe kcat nats-server redis-server
CHECK_PACKAGES = clang clang-format libclang-rt-14-dev g++ gcc-12-multilib gcc-aarch64-linux-gnu \
	libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user relacy-dev spin strace golang-go python3-h2 python3-hyperframe \
	curl nghttp2-client wrk chromium libclang1-16 libclang1-19 \
	cmake debhelper dpkg-dev lintian musl-tools lib32z1-dev maven rustc cargo librust-futures-executor-dev

# Deep stacks of allocations cost the tests a quarter more.
export ASAN_OPTIONS ?= malloc_context_size=8
# Some tests wait for a server or a group: two for each processor.
AT_ONCE = MESON_TESTTHREADS=$$(( 2 * $$(nproc) ))

.PHONY: all demo built test slow check coverage counts mutate fuzz bench conform install site dist distcheck
.PHONY: clean
all: build/release/build.ninja
	@scripts/build build/release product

build/release/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES)
	@scripts/setup build/release -Dtests=false -Dprefix=$(PREFIX) $(OPTIONS)

# The same build, which has the command's tests from then on.
build/release/with-tests: build/release/build.ninja
	@scripts/install-packages $(TEST_PACKAGES)
	@meson configure build/release -Dtests=true
	@touch $@

build/test/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@scripts/setup-test build/test . $(OPTIONS)

demo: all
	@scripts/install-packages time
	@scripts/build build/release bench/make_log
	@scripts/demo build/release/tools/weir/weir "$(LOG)"

# The library's tests run under the sanitizers with the contract asserted, the command's on the
# build that users get. Meson would have malloc fill each block: with 5000 files open, 15 seconds.
TEST_LIBRARY = $(AT_ONCE) meson test -t 4 -C build/test --no-rebuild --print-errorlogs
TEST_COMMAND = MALLOC_PERTURB_=0 $(AT_ONCE) meson test -t 4 -C build/release --no-rebuild --print-errorlogs
built: build/test/build.ninja build/release/with-tests
	@scripts/build build/test library_tests
	@scripts/build build/release product command_tests bench/items_base

test: built
	@$(TEST_LIBRARY) --no-suite cli --no-suite speed --no-suite dist --no-suite slow_library
	@$(TEST_COMMAND) --suite cli --suite speed --suite dist --no-suite slow_command
	@build/test/tests/conform/conform $(VECTORS)

# What is left out there. Each of these tests says so where it is declared: grep -r slow_ tests fuzz.
slow: built
	@$(TEST_LIBRARY) --suite slow_library
	@$(TEST_COMMAND) --suite slow_command

conform: build/test/build.ninja
	@scripts/build build/test tests/conform/conform
	@build/test/tests/conform/conform $(VECTORS)

check:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) $(CHECK_PACKAGES)
	@scripts/check $(PART)

# Which lines, functions and branches the tests go through, by folder, beside tests/coverage.tsv. Here
# it does not count whether they pass: where a system call is refused gcov complains, among others.
build/coverage/build.ninja:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@scripts/setup build/coverage -Db_coverage=true -Doptimization=0 -Ddebug=false \
		-Dc_args="-fprofile-update=atomic -include $(CURDIR)/tests/support/coverage.h" \
		-Dc_link_args=--coverage $(OPTIONS)

coverage: build/coverage/build.ninja
	@scripts/build build/coverage
	@find build/coverage -name '*.gcda' -delete
	@GCOV_ERROR_FILE=/dev/null MALLOC_PERTURB_=0 meson test -t 8 -C build/coverage --no-rebuild \
		--no-suite house --no-suite speed --no-suite dist >build/coverage.log 2>&1 || \
		echo "$$(sed -n 's/^Fail: *\([0-9]*\).*/\1/p' build/coverage.log) tests fail in this build: build/coverage.log"
	@scripts/coverage build/coverage $(if $(RECORD),--record)

# Instructions: of an item in each chain of bench/items, of a line in pipelines of the command.
counts: build/release/with-tests
	@scripts/build build/release product bench/make_log bench/items_base
	@sh tests/instructions.sh $(if $(RECORD),--record) build/release/bench/items_base
	@sh tests/instructions_command.sh $(if $(RECORD),--record) build/release

# Do the tests notice a mistake? scripts/mutate PATCH tries a single one.
mutate:
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) patch
	@scripts/mutate

# The command against zcat, grep, head, tail and wc, over pipelines that are drawn; SEED=N is one.
# Before it chains of the library against a model.
fuzz: build/release/with-tests
	@scripts/build build/release product fuzz/pipelines fuzz/streams fuzz/decoders \
		fuzz/messages fuzz/decompress fuzz/http1 fuzz/texts
	@$(if $(SEED),:,build/release/fuzz/streams -t $(SECONDS))
	@$(if $(SEED),:,build/release/fuzz/decoders -t $(SECONDS))
	@$(if $(SEED),:,build/release/fuzz/messages -t $(SECONDS))
	@$(if $(SEED),:,build/release/fuzz/decompress -t $(SECONDS))
	@$(if $(SEED),:,build/release/fuzz/http1 -t $(SECONDS))
	@$(if $(SEED),:,build/release/fuzz/texts -t $(SECONDS))
	@build/release/fuzz/pipelines $(if $(SEED),-s $(SEED),-t $(SECONDS)) build/release/tools/weir/weir

bench: all
	@scripts/install-packages $(BENCH_PACKAGES)
	@scripts/build build/release bench/make_log bench/items bench/generators bench/tasks \
		bench/csv bench/json bench/proto bench/decode \
		bench/channels bench/par bench/par_vs_seq bench/inspected bench/inspected_beside bench/advised \
		bench/net/load bench/net/echo bench/net/proxy bench/net/tls examples/http_hello examples/http_parked \
		bench/brokers/marks bench/brokers/nats bench/brokers/kafka bench/brokers/redis bench/brokers/cluster
	@command -v cargo >/dev/null || scripts/install-packages cargo
	@bench/run build/release

# The tarball of what is committed, its checksum and its parts list; and whether that is all one needs.
dist: build/release/build.ninja
	@scripts/dist build/release

distcheck: build/release/build.ninja
	@scripts/distcheck build/release $(OPTIONS)

install: build/release/build.ninja
	@scripts/install build/release "$(PREFIX)" "$(DESTDIR)"

# The manual as pages for a browser, to be opened from where they stand.
site: all
	@scripts/manual --site build/site --weir build/release/tools/weir/weir
	@echo "build/site/index.html"

clean:
	rm -rf build
