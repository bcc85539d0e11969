# SPDX-License-Identifier: BSD-3-Clause
# linerate: everything is built and run from here. `make help` lists it.
#
# Settings: CC= V=1 SAN=address|undefined|thread CUDA=no UCX=no MPI=no PREFIX=
# UCX_HOME= MPI_HOME= CUDA_HOME= CUDA_ARCH= NCCL_HOME= CFLAGS= WERROR=1 B=(build folder)

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.SECONDARY:
.DEFAULT_GOAL := all
ifneq ($(origin CC),command line)
ifneq ($(origin CC),environment)
CC := gcc
endif
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
endif
ifneq ($(V),1)
.SILENT:
endif

B ?= build$(if $(SAN),/$(SAN))$(if $(filter no,$(UCX)),/no-ucx)$(if $(filter no,$(MPI)),/no-mpi)$(if $(filter no,$(CUDA)),/no-cuda)
PREFIX ?= /usr/local
CFLAGS ?= -O3 -g -march=native
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

comma := ,

# --- what there is to stand on -----------------------------------------------
# A UCX_HOME or MPI_HOME is the only place looked in: what is measured is what
# was named, or nothing.
pc = $(shell $(if $(1),PKG_CONFIG_LIBDIR=$(1)/lib/pkgconfig:$(1)/lib64/pkgconfig) pkg-config $(2) 2>/dev/null)

ifneq ($(UCX),no)
UCX_VERSION := $(call pc,$(UCX_HOME),--modversion ucx)
# All four UCX libraries are named, and kept: an Open MPI that brings its own
# UCX would otherwise lend its libuct and libucs to our libucp.
UCX_LIBS := -Wl,--push-state,--no-as-needed -lucp -luct -lucs -lucm -Wl,--pop-state
ifdef UCX_HOME
UCX_CFLAGS := -isystem $(UCX_HOME)/include
UCX_LIB := $(firstword $(dir $(wildcard $(addsuffix /libucp.so,$(UCX_HOME)/lib $(UCX_HOME)/lib64))))
$(if $(UCX_LIB),,$(error UCX_HOME=$(UCX_HOME) holds no lib/libucp.so))
# A run path that LD_LIBRARY_PATH (set by modules, or by mpirun) cannot change.
UCX_LIBS := -L$(UCX_LIB) -Wl,-rpath,$(UCX_LIB:/=) $(UCX_LIBS)
UCX_RPATH := -Wl,--disable-new-dtags
ifeq ($(UCX_VERSION),)
UCX_VERSION := $(shell sed -n 's/^.define UCP_API_VERSION *UCP_VERSION(\(.*\), *\(.*\))/\1.\2/p' $(UCX_HOME)/include/ucp/api/ucp_version.h 2>/dev/null)
endif
else
UCX_CFLAGS := $(call pc,,--cflags ucx)
UCX_LIBS := $(if $(UCX_VERSION),$(UCX_LIBS))
endif
endif

ifneq ($(MPI),no)
# RHEL keeps Open MPI behind a module, off the PATH.
MPICC := $(or $(if $(MPI_HOME),$(MPI_HOME)/bin/mpicc,$(shell command -v mpicc 2>/dev/null)),$(wildcard /usr/lib64/openmpi/bin/mpicc))
ifneq ($(MPICC),)
$(if $(wildcard $(MPICC)),,$(error MPI_HOME=$(MPI_HOME) holds no bin/mpicc))
MPI_VERSION := $(shell $(MPICC) --showme:version 2>/dev/null | sed 's/^.*Open MPI \([^ ]*\).*/\1/')
MPI_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(MPICC) --showme:compile))
MPI_LIBS := $(shell $(MPICC) --showme:link)
endif
endif

CUDA_HOME ?= $(firstword $(wildcard /usr/local/cuda /opt/cuda))
ifneq ($(CUDA),no)
CUDA_VERSION := $(shell $(CUDA_HOME)/bin/nvcc --version 2>/dev/null | sed -n 's/.*release \([0-9.]*\).*/\1/p')
CUDA_CFLAGS := -isystem $(CUDA_HOME)/include
ifneq ($(CUDA_VERSION),)
# The runtime is linked in, and looks for the driver when it is first called:
# the programs start on nodes that have none.
CUDA_LIBS := $(firstword $(wildcard $(addsuffix /libcudart_static.a,$(CUDA_HOME)/lib64 $(CUDA_HOME)/lib))) -lrt -lpthread
$(if $(filter %.a,$(CUDA_LIBS)),,$(error CUDA_HOME=$(CUDA_HOME) holds no lib64/libcudart_static.a))
# Code for each GPU from sm_80 on that this nvcc knows, and for later ones PTX
# of the newest. Kernels are independent of CC and SAN: compiled once for all.
CUDA_ARCH ?= $(shell $(CUDA_HOME)/bin/nvcc --list-gpu-code | sed -n 's/^sm_\(8[0-9]\|9[0-9]\|[0-9][0-9][0-9]\)$$/\1/p')
NVCC_FLAGS := -std=c++17 -O3 -Isrc -Xcompiler -Wall,-Wextra,-fno-exceptions,-fno-threadsafe-statics $(foreach a,$(CUDA_ARCH),-gencode arch=compute_$a,code=sm_$a) \
  $(foreach a,$(lastword $(CUDA_ARCH)),-gencode arch=compute_$a,code=compute_$a)
KERNELS := build/cuda/mem_kernels.o
endif
ifneq ($(CUDA_VERSION),)
NCCL_HEADER := $(firstword $(wildcard $(NCCL_HOME)/include/nccl.h $(CUDA_HOME)/include/nccl.h /usr/include/nccl.h))
NCCL_VERSION := $(if $(NCCL_HEADER),$(shell awk '/define NCCL_(MAJOR|MINOR|PATCH)/{v=v s $$3;s="."}END{print v}' $(NCCL_HEADER)))
# For its types only: the library is looked for at run time, first in NCCL_HOME.
NCCL_CFLAGS := $(if $(NCCL_HOME),-isystem $(NCCL_HOME)/include) $(CUDA_CFLAGS)
ifdef NCCL_HOME
NCCL_RPATH := $(patsubst %/libnccl.so.2,-Wl$(comma)-rpath$(comma)%,$(firstword $(wildcard $(NCCL_HOME)/lib/libnccl.so.2 $(NCCL_HOME)/lib64/libnccl.so.2)))
endif
endif
endif

JANSSON_CFLAGS := $(call pc,,--cflags jansson)
JANSSON_LIBS := $(or $(call pc,,--libs jansson),-ljansson)
YAML_LIBS := $(or $(call pc,,--libs yaml-0.1),-lyaml)

# SimGrid, for one test only: the simulator's times against another's.
SIMGRID_VERSION := $(call pc,,--modversion simgrid)

# --- flags --------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(if $(WERROR),-Werror)
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE $(WARN) $(CFLAGS) $(SAN_FLAGS) -Isrc
ALL_LIBS = $(UCX_LIBS) $(MPI_LIBS) $(UCX_RPATH) $(CUDA_LIBS) $(JANSSON_LIBS) $(YAML_LIBS) -ldl -lm

net_out := $(if $(UCX_VERSION),,src/net/ucx%) $(if $(CUDA_VERSION),,src/net/mem_cuda.c src/net/mem_gpu.c) $(if $(NCCL_VERSION),,src/net/nccl%) $(if $(MPI_VERSION),src/net/job_single.c,src/net/job_mpi.c src/net/mpi.c)
SRC := $(filter-out $(net_out),$(sort $(wildcard src/*/*.c)))
OBJ := $(SRC:%.c=$(B)/%.o) $(B)/found.o $(B)/memories.o $(B)/transports.o $(KERNELS)
LIB := $(B)/liblinerate.a
PROGRAMS := $(patsubst benchmarks/%.c,$(B)/%,$(sort $(wildcard benchmarks/*.c))) \
            $(patsubst tools/%.c,$(B)/%,$(sort $(wildcard tools/*.c)))
TESTS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test_*.c))) \
         $(patsubst tests/fake/%.c,$(B)/tests/%,$(sort $(wildcard tests/fake/test_*.c)))
# The same GPU code over a CUDA runtime of our own, without a GPU (tests/fake).
FAKE := $(B)/tests/fake
FAKES := $(patsubst benchmarks/%.c,$(FAKE)/%,$(filter-out %speed.c %memcopy.c,$(sort $(wildcard benchmarks/*.c))))

MEMORIES := host $(if $(CUDA_VERSION),cuda cuda_managed)
ROWS := null $(if $(UCX_VERSION),ucx) $(if $(MPI_VERSION),mpi) $(if $(NCCL_VERSION),nccl)
FOUND := UCX $(or $(UCX_VERSION),no), Open MPI $(or $(MPI_VERSION),no), CUDA $(or $(CUDA_VERSION),no), NCCL $(or $(NCCL_VERSION),no)
STAMP := $(CC) | $(ALL_CFLAGS) | $(UCX_CFLAGS) | $(MPI_CFLAGS) | $(ALL_LIBS) | $(NCCL_CFLAGS) | $(NCCL_RPATH) | $(ROWS) | $(MEMORIES) | $(FOUND)

## all: build every program and say what was found
all: $(PROGRAMS) say

say: $(PROGRAMS)
	echo "linerate $(VERSION): $(FOUND)$(if $(SAN), [$(SAN)])"

# --- rules --------------------------------------------------------------------
# A change of flags, compiler or libraries rewrites the stamp, and so rebuilds.
$(B)/flags: FORCE
	mkdir -p $(B)
	echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' > $@

$(B)/version: FORCE
	mkdir -p $(B)
	echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

# The table of transports and the build's own facts: what an absent library
# leaves out is left out here, and nowhere else.
transports_c = { echo '/* Written by the Makefile. */'; \
	  echo '\#include "net/transport.h"'; \
	  echo 'const struct transport *const transports[] = {'; \
	  for t in $(1); do echo "    &transport_$$t,"; done; \
	  echo '    NULL};'; } > $@

$(B)/transports.c: $(B)/flags
	$(call transports_c,$(ROWS))

$(B)/found.c: $(B)/flags $(B)/version
	{ echo '/* Written by the Makefile. */'; \
	  echo '#include "bench/build.h"'; \
	  echo 'const struct build build = {'; \
	  echo '    .version = "$(VERSION)",'; \
	  echo '    .found = "$(FOUND)",'; \
	  echo '    .flags = "$(subst ",,$(CC) $(CFLAGS) $(SAN_FLAGS))",'; \
	  echo '    .compiler = __VERSION__};'; } > $@

$(B)/memories.c: $(B)/flags
	{ echo '/* Written by the Makefile. */'; \
	  echo '#include "net/mem.h"'; \
	  echo 'const struct memory_kind *const memory_kinds[] = {'; \
	  for m in $(MEMORIES); do echo "    &mem_$$m,"; done; \
	  echo '    NULL};'; } > $@

$(B)/found.o $(B)/memories.o $(B)/transports.o $(FAKE)/transports.o: %.o: %.c
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/%.o: %.c $(B)/flags
	mkdir -p $(@D)
	$(if $(V),,echo "  CC  $<")
	$(CC) $(ALL_CFLAGS) $(if $(findstring net/ucx,$<),$(UCX_CFLAGS)) $(if $(findstring mpi.c,$<),$(MPI_CFLAGS)) $(if $(filter src/net/mem_%,$<),$(CUDA_CFLAGS)) $(if $(filter src/net/nccl%,$<),$(NCCL_CFLAGS)) $(JANSSON_CFLAGS) -MMD -MP -c $< -o $@

build/cuda/flags: FORCE
	mkdir -p $(@D)
	echo '$(CUDA_VERSION) $(NVCC_FLAGS)' | cmp -s - $@ || echo '$(CUDA_VERSION) $(NVCC_FLAGS)' > $@

$(KERNELS): build/cuda/%.o: src/net/%.cu build/cuda/flags
	$(if $(V),,echo "  NVCC $<: $(words $(CUDA_ARCH)) GPU architectures")
	$(CUDA_HOME)/bin/nvcc --threads 0 --compress-mode=size $(NVCC_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@.new
	mv $@.new $@

$(LIB): $(OBJ)
	rm -f $@
	ar rcs $@ $^

$(B)/%: $(B)/benchmarks/%.o $(LIB)
	$(CC) $(SAN_FLAGS) $< $(LIB) $(ALL_LIBS) $(NCCL_RPATH) -o $@

$(B)/%: $(B)/tools/%.o $(LIB)
	$(CC) $(SAN_FLAGS) $< $(LIB) $(ALL_LIBS) -o $@

$(B)/tests/%: $(B)/tests/unit/%.o $(LIB)
	mkdir -p $(@D)
	$(CC) $(SAN_FLAGS) $< $(LIB) -lcmocka $(ALL_LIBS) -o $@

# Objects that stand before the library's of the same names.
FAKE_OBJ := $(patsubst %,$(FAKE)/%.o,mem_cuda mem_gpu mem_kernels cuda memories nccl nccl_library nccl_queue transports)
FAKE_FLAGS := -Itests/fake
FAKE_CXX = $(CXX) -std=c++17 -Wall -Wextra -Wno-unknown-pragmas $(if $(WERROR),-Werror) $(CFLAGS) $(SAN_FLAGS) -Isrc $(FAKE_FLAGS) -MMD -MP

$(FAKE)/%.o: src/net/%.c $(B)/flags
	mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(FAKE_FLAGS) -MMD -MP -c $< -o $@

$(FAKE)/%.o: tests/fake/%.c $(B)/flags
	mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(FAKE_FLAGS) -MMD -MP -c $< -o $@

$(FAKE)/%.o: src/net/%.cu $(B)/flags
	mkdir -p $(@D)
	$(if $(V),,echo "  CXX $<")
	$(FAKE_CXX) -x c++ -c $< -o $@

$(FAKE)/%.o: tests/fake/%.cpp $(B)/flags
	mkdir -p $(@D)
	$(FAKE_CXX) -c $< -o $@

# A libnccl.so.2 of our own for them, which calls back into the program.
$(FAKE)/transports.c: $(B)/flags
	mkdir -p $(@D)
	$(call transports_c,$(filter-out nccl,$(ROWS)) nccl)

$(FAKE)/libnccl.so.2: tests/fake/libnccl.cpp $(B)/flags
	mkdir -p $(@D)
	$(FAKE_CXX) -shared -fPIC $< -lrt -o $@

$(FAKES): $(FAKE)/%: $(B)/benchmarks/%.o $(FAKE_OBJ) $(LIB) tests/fake/exports $(FAKE)/libnccl.so.2
	$(CXX) $(SAN_FLAGS) $(filter %.o %.a,$^) $(ALL_LIBS) -Wl,--dynamic-list=tests/fake/exports -o $@

$(B)/tests/%: $(FAKE)/%.o $(FAKE_OBJ) $(LIB)
	$(CXX) $(SAN_FLAGS) $^ -lcmocka $(ALL_LIBS) -o $@

# Of these tests the same objects over CUDA itself, for machines with a GPU.
GPU_TESTS := $(if $(CUDA_VERSION),$(patsubst tests/fake/%.c,$(B)/tests/gpu/%,$(sort $(wildcard tests/fake/test_*.c))))
$(B)/tests/gpu/%: $(FAKE)/%.o $(LIB)
	mkdir -p $(@D)
	$(CC) $(SAN_FLAGS) $^ -lcmocka $(ALL_LIBS) -o $@

# The comparison with SimGrid, where it is installed.
SIMGRID := $(if $(SIMGRID_VERSION),$(B)/tests/simgrid-cases $(B)/tests/simgrid-compare)

$(B)/tests/simgrid-cases: $(B)/tests/simgrid/cases.o $(LIB)
	mkdir -p $(@D)
	$(CC) $(SAN_FLAGS) $< $(LIB) $(ALL_LIBS) -o $@

$(B)/tests/simgrid-compare: tests/simgrid/compare.cpp $(B)/flags
	mkdir -p $(@D)
	$(if $(V),,echo "  CXX $<")
	$(CXX) -std=c++17 -O2 -Wall -Wextra $(call pc,,--cflags simgrid) $< $(call pc,,--libs simgrid) -o $@

-include $(shell find $(B) build/cuda -name '*.d' 2>/dev/null)

## tests: build the unit tests
tests: $(TESTS) $(FAKES) $(GPU_TESTS)

# Those of the library alone, without programs over the fake CUDA runtime.
units: $(TESTS)

## unit: run the unit tests
unit: $(TESTS)
	prove -j2 -e '' $(TESTS)

## check: every test: unit, lint, command line, real runs
check: all $(TESTS) $(FAKES) $(SIMGRID) lint
	BUILD=$(abspath $(B)) prove -j2 -e '' --timer $(TESTS)
	BUILD=$(abspath $(B)) prove -e bats --timer tests/cli/*.bats

## simgrid: ends of flows in 1,000 random cases against SimGrid's
simgrid: $(SIMGRID)
	$(if $(SIMGRID),,$(error no SimGrid here, expected pkg-config to find simgrid))
	$(B)/tests/simgrid-cases write 2026 1000 > $(B)/simgrid.cases
	$(B)/tests/simgrid-cases solve < $(B)/simgrid.cases > $(B)/simgrid.ends
	$(B)/tests/simgrid-compare $(B)/simgrid.cases $(B)/simgrid.ends

## lint: layer rule, banned calls, globals, sizes of files
lint: all
	ci/lint . $(B)

## demo: measure the three benchmarks here, draw them (results/demo-<time>)
demo: all
	ci/demo $(B)

## plots: draw a run: make plots RUN=results/x
plots:
	plot/draw $(or $(RUN),$(error RUN= names no run, expected make plots RUN=results/x)) svg png pdf

## bench-peers: ours and the peers in turn, as paired ratios
bench-peers: all
	benchmarks/peers --build $(B) $(PEERS)

## bench-sim: how fast the simulator is, beside its goals (one core)
bench-sim: all $(SIMGRID)
	$(B)/simspeed
	benchmarks/simgrid $(B)

## stress: 64 ranks on this machine, every benchmark and algorithm
stress: all
	ci/stress $(B)

## study-16k-100k: what going from 16k to 100k GPUs costs, simulated, drawn
study-16k-100k: all
	ci/study $(B)

## fuzz: a minute of random topology files and imports (clang)
fuzz: all
	tests/fuzz/run 60 $(B)/fuzz

## columns: write results/README.md from the table of columns
columns: $(B)/columns
	$(B)/columns > results/README.md

## install: programs as linerate-*, plot scripts, topologies and documents, under PREFIX
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/linerate/plot \
	  $(DESTDIR)$(PREFIX)/share/linerate/topologies $(DESTDIR)$(PREFIX)/share/doc/linerate
	for p in $(PROGRAMS); do install $$p $(DESTDIR)$(PREFIX)/bin/linerate-$${p##*/}; done
	install plot/draw $(DESTDIR)$(PREFIX)/share/linerate/plot/
	install -m 644 plot/*.gp plot/*.awk $(DESTDIR)$(PREFIX)/share/linerate/plot/
	install -m 644 topologies/*.yaml topologies/README.md $(DESTDIR)$(PREFIX)/share/linerate/topologies/
	install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/linerate/

## format: lay out the C sources by .clang-format
format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

## clean: remove the build folder
clean:
	rm -rf build

## help: this list
help:
	sed -n 's/^## //p' Makefile | sed 's/: /\t/' | expand -t 16
	echo
	echo "settings: CC= V=1 SAN=address|undefined|thread CUDA=no UCX=no MPI=no WERROR=1"
	echo "          UCX_HOME= MPI_HOME= CUDA_HOME= CUDA_ARCH= NCCL_HOME= PREFIX=$(PREFIX) B=$(B)"

FORCE:
.PHONY: all say tests unit check lint demo plots bench-peers stress columns simgrid bench-sim study-16k-100k fuzz \
        install format clean help FORCE
