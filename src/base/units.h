/* SPDX-License-Identifier: BSD-3-Clause */
/* Quantities with units, read and printed from one table a kind, so that what
 * is printed can always be read back.
 *
 * Sizes are bytes: K, M, G, T and KiB, MiB, ... are binary (1024), kB, MB, GB
 * decimal (1000); k, m, g, t are K, M, G, T, as in nccl-tests; a bare number is
 * bytes. "64K", "64KiB", "1.5MiB" are sizes; "1.3B" is not (a size is a whole
 * number of bytes).
 * Times are seconds: "1.5us", "20ms", "3s", "2min", "1h"; a bare number is
 * seconds.
 * Rates are bytes per second, with a decimal unit that is never guessed:
 * "400Gb/s" (b: bits, 8 to the byte), "50GB/s", "1.8TB/s", "1B/s"; k, M, G, T.
 * Lengths are metres: "3m", "50cm", "1.5km". Neither may lack its unit. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* False, and *out untouched, unless the whole text is one valid, non-negative,
 * finite quantity that fits. */
bool units_parse_size(const char *text, size_t *out_B);
bool units_parse_time(const char *text, double *out_s);
bool units_parse_rate(const char *text, double *out_Bps);
bool units_parse_length(const char *text, double *out_m);

/* Print exactly when a whole number of a binary unit ("64KiB", "1MiB",
 * "1000B"), so that units_parse_size gives the same bytes back. Returns `text`.
 */
char *units_print_size(size_t bytes, char *text, size_t capacity);

/* Three significant digits and the unit that suits: "12.3us", "1.50s". */
char *units_print_time(double seconds, char *text, size_t capacity);

/* Exact: what they print reads back as the very same double, in as few digits
 * as that takes. Rates in bytes ("450GB/s") or in bits ("400Gb/s"); 64 bytes
 * hold any of 1e-12 to 1e18. Value >= 0. */
char *units_print_rate(double Bps, char *text, size_t capacity);
char *units_print_bits(double Bps, char *text, size_t capacity);
char *units_print_length(double metres, char *text, size_t capacity);
char *units_print_exact_time(double seconds, char *text, size_t capacity);

#endif
