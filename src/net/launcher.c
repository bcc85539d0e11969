/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/launcher.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/error.h"

/* Each launcher's name for "how many of us": Open MPI's mpirun, PMI-1/PMI-2
 * (Hydra, srun), MVAPICH, srun's own step. SLURM_NTASKS is not here: it is also
 * set in a batch script, where a lonely process is what it seems. */
static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                    "MV2_COMM_WORLD_SIZE",
                                    "SLURM_STEP_NUM_TASKS"};

static const char *const ranks[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK",
                                    "PMI_RANK", "MV2_COMM_WORLD_RANK",
                                    "SLURM_PROCID"};

static const char *const local_ranks[] = {
    "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
    "MV2_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID"};

/* The first of the names that holds a number of at least `least`, or -1. */
static int first_number(const char *const *names, size_t count, long least)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = getenv(names[i]);
        char *end;
        long n = text ? strtol(text, &end, 10) : -1;
        if (text && end != text && n >= least && n <= INT_MAX)
            return (int)n;
    }
    return -1;
}

int launcher_size(void)
{
    int size = first_number(sizes, sizeof sizes / sizeof *sizes, 1);
    return size < 0 ? 0 : size;
}

int launcher_rank(void)
{
    return first_number(ranks, sizeof ranks / sizeof *ranks, 0);
}

int launcher_local_rank(void)
{
    return first_number(local_ranks, sizeof local_ranks / sizeof *local_ranks,
                        0);
}

void launcher_refuse_lonely(int size_seen)
{
    int launched = launcher_size();
    if (size_seen == 1 && launched > 1)
        die(EXIT_MACHINE,
            "launched as one of %d processes but sees only itself: the "
            "launcher and the MPI library of this build do not know each "
            "other (srun: try --mpi=pmix)",
            launched);
}
