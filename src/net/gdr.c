/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/gdr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- reading one answer
 * -------------------------------------------------------*/

/* The first that occurs in PROTOCOL LANES decides. An eager message lands in
 * the receiver's own buffers, whatever the sender did: "copy-out". A fragment
 * that bounces in GPU memory, a pipeline, and a match by the NIC (which may
 * miss, and then copies) prove nothing either way. */
static const struct {
    const char *words;
    enum gdr_class class;
} protocols[] = {
    {"copy-in", GDR_STAGED},
    {"copy-out", GDR_STAGED},
    {"short", GDR_STAGED},
    {"frag cuda", GDR_UNREAD},
    {"frag host", GDR_STAGED},
    {"cuda_copy", GDR_STAGED},
    {"gdr_copy", GDR_STAGED},
    {"copy from mapped remote memory", GDR_STAGED},
    {"copy to mapped remote memory", GDR_STAGED},
    {"copy to attached", GDR_STAGED},
    {"software emulation", GDR_STAGED},
    {"pipeline", GDR_UNREAD},
    {"zero-copy read from remote", GDR_ZERO_COPY},
    {"zero-copy write to remote", GDR_ZERO_COPY},
    {"zero-copy fenced write to remote", GDR_ZERO_COPY},
    {"zero-copy flushed write to remote", GDR_ZERO_COPY},
};

/* Of a lane, "rc_mlx5/mlx5_0:1": the part before the device. Others (cuda_ipc,
 * sysv, cma) may be zero-copy, but are no RDMA. */
static const struct {
    const char *name;
    enum gdr_class class;
} carriers[] = {
    {"rc_mlx5", GDR_ZERO_COPY},  {"dc_mlx5", GDR_ZERO_COPY},
    {"rc_verbs", GDR_ZERO_COPY}, {"srd", GDR_ZERO_COPY},
    {"tcp", GDR_STAGED},
};

static enum gdr_class class_of_protocol(const char *words)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (strstr(words, protocols[i].words))
            return protocols[i].class;
    return GDR_UNREAD;
}

static enum gdr_class class_of_carrier(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (strlen(carriers[i].name) == length &&
            !strncmp(carriers[i].name, name, length))
            return carriers[i].class;
    return GDR_UNREAD;
}

/* The worst of all lanes that are named. Shares of several lanes, "40% on A and
 * 60% on B", must make up the whole: UCX cuts a text that is too long. */
static enum gdr_class class_of_lanes(const char *words)
{
    enum gdr_class worst = GDR_ZERO_COPY;
    long lanes = 0, shares = 0, percent = 0;
    while (*words) {
        size_t length = strcspn(words, " ,");
        const char *slash = memchr(words, '/', length);
        if (slash) {
            enum gdr_class class =
                class_of_carrier(words, (size_t)(slash - words));
            worst = class > worst ? class : worst;
            lanes++;
        } else if (length && words[length - 1] == '%') {
            percent += strtol(words, NULL, 10);
            shares++;
        }
        words += length;
        words += strspn(words, " ,");
    }
    bool whole = lanes > 0 && (shares == 0 || percent == 100);
    return whole || worst > GDR_UNREAD ? worst : GDR_UNREAD;
}

/* " from cuda/GPU0" or " into host memory", in front of " length "; NULL where
 * no protocol is named: "send length 8 ..." (UCX_PROTO_ENABLE=n), "recv ...".
 */
static const char *memory_of(const char *text)
{
    const char *from = strstr(text, " from "), *into = strstr(text, " into ");
    const char *length = strstr(text, " length ");
    if (from && length && from < length)
        return from + strlen(" from ");
    return into && length && into < length ? into + strlen(" into ") : NULL;
}

/* PROTOCOL LANES of an answer, "" when it has none. The figures at its end
 * begin with the number before " MB/s"; newer ones may say that there is none.
 */
static void cut_words(const char *text, char *out, size_t capacity)
{
    out[0] = '\0';
    if (!memory_of(text))
        return;
    const char *start = strstr(text, " length ") + strlen(" length ");
    start += strcspn(start, " ");
    start += strspn(start, " ");
    const char *end = strstr(start, " MB/s");
    while (end && end > start && end[-1] != ' ')
        end--;
    if (!end)
        end = strstr(start, " - not available");
    size_t length = end ? (size_t)(end - start) : strlen(start);
    while (length && start[length - 1] == ' ')
        length--;
    snprintf(out, capacity, "%.*s", (int)length, start);
}

void gdr_read(const char *text, struct gdr_answer *out)
{
    enum { ANSWER_B = 512 };
    char words[ANSWER_B];
    *out = (struct gdr_answer){.class = GDR_SILENT};
    cut_words(text, words, sizeof words);
    if (!words[0])
        return;
    out->estimate = !strncmp(words, "rendezvous", strlen("rendezvous"));
    out->class = class_of_protocol(words);
    if (out->class == GDR_ZERO_COPY)
        out->class = strncmp(memory_of(text), "cuda", strlen("cuda"))
                         ? GDR_UNREAD
                         : class_of_lanes(words);
    snprintf(out->words, sizeof out->words, "%.*s", GDR_WORDS - 1, words);
}

/* --- one rank
 * -----------------------------------------------------------------*/

void gdr_hear(struct gdr_heard *heard, const char *text, bool send)
{
    struct gdr_answer answer;
    gdr_read(text, &answer);
    bool named = answer.class != GDR_SILENT;
    if (!send && !named)
        return;
    heard->answers++;
    heard->named += named;
    heard->estimates += answer.estimate;
    if (heard->answers == 1 || answer.class > heard->worst) {
        heard->others = heard->answers > 1;
        heard->worst = answer.class;
        snprintf(heard->words, sizeof heard->words, "%s", answer.words);
    } else if (strcmp(heard->words, answer.words) != 0) {
        heard->others = true;
    }
}

void gdr_say(const struct gdr_heard *heard, char *text, size_t capacity)
{
    text[0] = '\0';
    if (heard->words[0])
        snprintf(text, capacity, "UCX: %s, %s%d message%s", heard->words,
                 heard->others ? "worst of " : "", heard->answers,
                 heard->answers > 1 ? "s" : "");
    else if (heard->answers)
        snprintf(text, capacity, "UCX names no protocol (UCX_PROTO_ENABLE=n?)");
}

/* --- all ranks
 * ----------------------------------------------------------------*/

const char *gdr_name(enum gdr_verdict verdict)
{
    static const char *const names[] = {[GDR_NONE] = "",
                                        [GDR_PROVEN] = "proven",
                                        [GDR_IS_STAGED] = "staged",
                                        [GDR_UNKNOWN] = "unknown"};
    return names[verdict];
}

static bool takes_part(const struct gdr_testimony *t)
{
    return t->messages > 0 || t->wire_B > 0;
}

/* What is wrong with the words of one rank: false when nothing is. */
static bool doubts_words(const struct gdr_testimony *t, char *text,
                         size_t capacity)
{
    int r = t->rank;
    char said[160];
    gdr_say(&t->heard, said, sizeof said);
    if (!takes_part(t))
        return false;
    if (!t->heard.answers)
        snprintf(text, capacity, "rank %d: UCX does not say what it did", r);
    else if (t->heard.worst != GDR_ZERO_COPY)
        snprintf(text, capacity, "rank %d: %s", r, said);
    else if (t->road == ROAD_NEITHER)
        snprintf(text, capacity,
                 "contradiction: the node of rank %d has neither peermem nor "
                 "dma-buf, but %s",
                 r, said);
    else
        return false;
    return true;
}

struct account {
    int node;
    double wire_B, messages, counted_B; /* NAN: not to be read */
};

/* What is wrong with the account of one node. `all_B`: of all nodes. */
static bool doubts_account(const struct account *a, double all_B, char *text,
                           size_t capacity)
{
    enum { QUIET_B = 64 << 10, CONTROL_B = 512 };
    const double headers = 1.1, acknowledgements = 0.02;
    double most_B = headers * a->wire_B + acknowledgements * all_B +
                    CONTROL_B * a->messages + QUIET_B;
    if (isnan(a->counted_B))
        snprintf(text, capacity, "node %d: its NICs' counters cannot be read",
                 a->node);
    else if (a->counted_B < 0)
        snprintf(text, capacity, "node %d: a NIC's counter fell", a->node);
    else if (a->counted_B < a->wire_B)
        snprintf(text, capacity,
                 "contradiction: node %d had %.6g bytes to send, its NICs "
                 "sent %.6g",
                 a->node, a->wire_B, a->counted_B);
    else if (a->counted_B > most_B)
        snprintf(text, capacity,
                 "node %d had %.6g bytes to send, its NICs sent %.6g: others' "
                 "traffic",
                 a->node, a->wire_B, a->counted_B);
    else
        return false;
    return true;
}

/* Of the node that rank `first` begins; returns its end. */
static int add_up(const struct gdr_testimony *t, int ranks, int first,
                  struct account *out)
{
    int r = first;
    *out = (struct account){.node = t[first].node, .counted_B = NAN};
    for (; r < ranks && t[r].node == t[first].node; r++) {
        out->wire_B += t[r].wire_B;
        out->messages += t[r].messages;
        if (t[r].counts)
            out->counted_B = t[r].counted_B;
    }
    return r;
}

static void say_proven(const struct gdr_testimony *t, double wire_B,
                       double counted_B, char *text, size_t capacity)
{
    static const char *const roads[] = {[ROAD_UNKNOWN] = "",
                                        [ROAD_NEITHER] = "",
                                        [ROAD_PEERMEM] = ", peermem",
                                        [ROAD_DMABUF] = ", dma-buf",
                                        [ROAD_BOTH] = ", peermem or dma-buf"};
    char said[160];
    gdr_say(&t->heard, said, sizeof said);
    snprintf(text, capacity, "%s%s; NICs sent %.3f of the bytes%s", said,
             t->heard.estimates ? " (its estimate)" : "", counted_B / wire_B,
             roads[t->road]);
}

static bool is_staged(const struct gdr_testimony *t)
{
    return takes_part(t) && t->heard.worst == GDR_STAGED;
}

/* The first doubt of any rank, then of any node. */
static bool doubts(const struct gdr_testimony *t, int ranks, bool crowded,
                   double all_B, double *counted_B, char *text, size_t capacity)
{
    struct account account;
    for (int r = 0; r < ranks; r++)
        if (doubts_words(&t[r], text, capacity))
            return true;
    if (crowded) {
        snprintf(text, capacity,
                 "other groups ran at once: the NICs' counts are not its own");
        return true;
    }
    for (int r = 0; r < ranks;) {
        r = add_up(t, ranks, r, &account);
        if (doubts_account(&account, all_B, text, capacity))
            return true;
        *counted_B += account.counted_B;
    }
    return false;
}

static int by_node(const void *a, const void *b)
{
    const struct gdr_testimony *x = a, *y = b;
    return x->node != y->node ? (x->node > y->node) - (x->node < y->node)
                              : (x->rank > y->rank) - (x->rank < y->rank);
}

enum gdr_verdict gdr_judge(struct gdr_testimony *t, int ranks, bool crowded,
                           char *evidence, size_t capacity)
{
    double all_B = 0, counted_B = 0;
    const struct gdr_testimony *first = NULL, *staged = NULL;
    bool dumb = false;
    char said[160];
    evidence[0] = '\0';
    qsort(t, (size_t)ranks, sizeof *t, by_node);
    for (int r = 0; r < ranks; r++) {
        dumb |= t[r].wire_B < 0;
        all_B += t[r].wire_B;
        first = !first && t[r].wire_B > 0 ? &t[r] : first;
        staged = !staged && is_staged(&t[r]) ? &t[r] : staged;
    }
    if (dumb) {
        snprintf(evidence, capacity,
                 "the transport does not say which way the bytes went");
        return GDR_UNKNOWN;
    }
    if (!first)
        return GDR_NONE;
    if (staged) {
        gdr_say(&staged->heard, said, sizeof said);
        snprintf(evidence, capacity, "rank %d: %s", staged->rank, said);
        return GDR_IS_STAGED;
    }
    if (doubts(t, ranks, crowded, all_B, &counted_B, evidence, capacity))
        return GDR_UNKNOWN;
    say_proven(first, all_B, counted_B, evidence, capacity);
    return GDR_PROVEN;
}

/* --- UCX's settings
 * -----------------------------------------------------------*/

/* As UCX reads them. */
static bool is_yes(const char *text)
{
    return !strcasecmp(text, "y") || !strcasecmp(text, "yes") ||
           !strcasecmp(text, "on") || !strcmp(text, "1");
}

const char *gdr_environment(bool required)
{
    static const char *const proto = "UCX_PROTO_ENABLE",
                             *const direct = "UCX_IB_GPU_DIRECT_RDMA";
    const char *has_proto = getenv(proto), *has_direct = getenv(direct);
    if (required && has_proto && !is_yes(has_proto))
        return proto;
    if (required && has_direct && !is_yes(has_direct))
        return direct;
    if (!has_proto)
        setenv(proto, "y", 1);
    if (required)
        setenv(direct, "y", 1);
    return NULL;
}
