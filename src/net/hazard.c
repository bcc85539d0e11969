/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/hazard.h"

static bool overlap(const char *a, size_t a_B, const char *b, size_t b_B)
{
    return a && b && a < b + b_B && b < a + a_B;
}

bool hazard(const struct reach *later, const struct reach *earlier)
{
    return later->bytes == 0 || earlier->bytes == 0 ||
           overlap(later->writes, later->bytes, earlier->writes,
                   earlier->bytes) ||
           overlap(later->writes, later->bytes, earlier->reads,
                   earlier->bytes) ||
           overlap(later->reads, later->bytes, earlier->writes, earlier->bytes);
}
