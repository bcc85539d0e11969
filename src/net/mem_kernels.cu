/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernels, one template each, for the datatypes of mem_types.h. Compiles as
 * plain C++ too, for tests (tests/fake). */
#include "net/mem_kernels.h"

#include <cuda_runtime.h>

#include "coll/pattern_element.h"
#include "net/mem_types.h"

#define KERNEL template <class E> __global__ void __launch_bounds__(THREADS)

enum { THREADS = 256, VECTOR_B = 16 };

/* --- how elements are shared out -----------------------------------------
 */

template <class T> union pack {
    enum { N = VECTOR_B / sizeof(T) };
    uint4 vector;
    T element[N];
};

/* `lead` elements before the first whole vector, then vectors, then the rest. */
struct share {
    size_t lead, vectors, count;
};

DEVICE size_t share_scalars(struct share s, size_t per_vector)
{
    return s.count - s.vectors * per_vector;
}

DEVICE size_t share_scalar(struct share s, size_t per_vector, size_t i)
{
    return i < s.lead ? i : i + s.vectors * per_vector;
}

static __device__ inline size_t thread_number(void)
{
    return (size_t)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ inline size_t thread_count(void)
{
    return (size_t)gridDim.x * blockDim.x;
}

/* --- reduce --------------------------------------------------------------
 */

/* What is done with two elements, and one. */
#define COMBINE(name, formula)                                                 \
    template <class E> struct name {                                           \
        typedef typename E::T T;                                               \
        DEVICE T of(T a, T b, int by)                                          \
        {                                                                      \
            (void)b;                                                           \
            (void)by;                                                          \
            return formula;                                                    \
        }                                                                      \
    };
COMBINE(sum, E::sum(a, b))
COMBINE(prod, E::prod(a, b))
COMBINE(min_of, E::min(a, b))
COMBINE(max_of, E::max(a, b))
COMBINE(average, E::divide(E::sum(a, b), by))

template <class E, template <class> class C>
__global__ void __launch_bounds__(THREADS)
    reduce(void *out, const void *left, const void *right, int by,
           struct share share)
{
    typedef typename E::T T;
    typedef pack<T> P;
    T *o = (T *)out;
    const T *a = (const T *)left, *b = (const T *)right;
    uint4 *O = (uint4 *)(o + share.lead);
    const uint4 *A = (const uint4 *)(a + share.lead),
                *B = (const uint4 *)(b + share.lead);
    size_t all = thread_count();
    for (size_t v = thread_number(); v < share.vectors; v += all) {
        P x, y;
        x.vector = A[v];
        y.vector = B[v];
#pragma unroll
        for (int i = 0; i < P::N; i++)
            x.element[i] = C<E>::of(x.element[i], y.element[i], by);
        O[v] = x.vector;
    }
    for (size_t i = thread_number(); i < share_scalars(share, P::N); i += all) {
        size_t at = share_scalar(share, P::N, i);
        o[at] = C<E>::of(a[at], b[at], by);
    }
}

KERNEL divide(void *elements, int by, struct share share)
{
    typedef typename E::T T;
    typedef pack<T> P;
    T *e = (T *)elements;
    uint4 *V = (uint4 *)(e + share.lead);
    size_t all = thread_count();
    for (size_t v = thread_number(); v < share.vectors; v += all) {
        P x;
        x.vector = V[v];
#pragma unroll
        for (int i = 0; i < P::N; i++)
            x.element[i] = E::divide(x.element[i], by);
        V[v] = x.vector;
    }
    for (size_t i = thread_number(); i < share_scalars(share, P::N); i += all) {
        size_t at = share_scalar(share, P::N, i);
        e[at] = E::divide(e[at], by);
    }
}

/* --- the pattern ---------------------------------------------------------
 */

/* Hashed words: of 32 bits the upper half of the word's number is hashed into
 * the key, which one thread hardly ever has to do twice. */
struct words {
    uint64_t high, key;
};

DEVICE uint32_t hashed(const struct kernel_pattern &p, struct words &w,
                       uint64_t number, uint32_t)
{
    if (number >> 32 != w.high) {
        w.high = number >> 32;
        w.key = p.key + pattern_hash64(w.high, 0);
    }
    return pattern_hash32(w.key, (uint32_t)number);
}

DEVICE uint64_t hashed(const struct kernel_pattern &p, struct words &,
                       uint64_t number, uint64_t)
{
    return pattern_hash64(p.key, number);
}

template <class W>
DEVICE W dealt(const struct kernel_pattern &p, W word, uint32_t role)
{
    const W top = (W)1 << (p.bits - 1);
    switch (p.deal) {
    case DEAL_BITS:
        return role < (uint32_t)p.bits ? word & (W)p.comb << role : 0;
    case DEAL_HALVES:
        return (word & (top - 1)) | ((role == 0) == p.max ? top : 0);
    case DEAL_POWERS:
        return pattern_power(role, (uint32_t)word);
    default:
        return word;
    }
}

DEVICE uint32_t role_at(const struct kernel_pattern &p, uint64_t element)
{
    return (uint32_t)((element % p.ranks * p.stride + p.start) % p.ranks);
}

DEVICE uint32_t role_next(uint32_t role, uint32_t step, uint32_t ranks)
{
    role += step;
    return role >= ranks ? role - ranks : role;
}

/* One thread's way through a pattern. */
template <class E> struct maker {
    typedef typename E::T T;
    typedef typename E::W W;
    enum { SHARE = sizeof(T) < 4 ? 4 / sizeof(T) : 1 };
    struct kernel_pattern p;
    struct words words;
    uint32_t role, leap; /* of the next vector, and on to the one after it */

    __device__ maker(const struct kernel_pattern &pattern, uint64_t element,
                     size_t to_next)
        : p(pattern), words()
    {
        words.high = ~(uint64_t)0;
        role = role_at(p, element);
        leap = (uint32_t)(to_next % p.ranks * p.stride % p.ranks);
    }
    __device__ T made(W word, uint32_t of_role)
    {
        word = dealt<W>(p, word & (W)pattern_low(p.bits), of_role);
        T element = p.power ? E::power(word) : E::value(word);
        return p.divide ? E::divide(element, p.divide) : element;
    }
    __device__ T one(uint64_t element, uint32_t of_role)
    {
        W word = hashed(p, words, pattern_shared(element, SHARE), W());
        return made(SHARE > 1 ? pattern_part((uint32_t)word, element, SHARE)
                              : word,
                    of_role);
    }
    /* The first element is the first of its hashed word (pattern_share_of). */
    __device__ void vector(uint64_t element, pack<T> &out)
    {
        uint32_t r = role, ranks = (uint32_t)p.ranks;
#pragma unroll
        for (int i = 0; i < pack<T>::N; i += SHARE) {
            W word =
                hashed(p, words, pattern_shared(element + i, SHARE), W());
#pragma unroll
            for (int k = 0; k < SHARE; k++) {
                out.element[i + k] =
                    made(SHARE > 1 ? pattern_part((uint32_t)word, k, SHARE)
                                   : word,
                         r);
                r = role_next(r, (uint32_t)p.stride, ranks);
            }
        }
        role = role_next(role, leap, ranks);
    }
};

KERNEL fill(void *out, struct kernel_pattern pattern, uint64_t first,
            struct share share)
{
    typedef typename E::T T;
    typedef pack<T> P;
    T *o = (T *)out;
    uint4 *O = (uint4 *)(o + share.lead);
    size_t me = thread_number(), all = thread_count();
    uint64_t begin = first + share.lead;
    maker<E> make(pattern, begin + me * P::N, all * P::N);
    for (size_t v = me; v < share.vectors; v += all) {
        P x;
        make.vector(begin + v * P::N, x);
        O[v] = x.vector;
    }
    for (size_t i = me; i < share_scalars(share, P::N); i += all) {
        uint64_t at = share_scalar(share, P::N, i);
        o[at] = make.one(first + at, role_at(pattern, first + at));
    }
}

template <class T> DEVICE bool differ(T a, T b)
{
    const unsigned char *x = (const unsigned char *)&a,
                        *y = (const unsigned char *)&b;
    bool different = false;
    for (unsigned i = 0; i < sizeof a; i++)
        different |= x[i] != y[i];
    return different;
}

/* Keep the least: each place keeps the least that comes to it and hands on the
 * rest, so that in any order the first places end with the first elements. */
static __device__ void keep(struct kernel_verdict *verdict,
                            unsigned long long at)
{
    volatile unsigned long long *last = &verdict->first[KERNELS_FIRST - 1];
    if (at >= *last)
        return;
    for (int i = 0; i < KERNELS_FIRST; i++) {
        unsigned long long had = atomicMin(&verdict->first[i], at);
        at = had > at ? had : at;
    }
}

KERNEL verify(const void *output, struct kernel_pattern pattern,
              uint64_t first, uint64_t base, struct share share,
              struct kernel_verdict *verdict)
{
    typedef typename E::T T;
    typedef pack<T> P;
    const T *o = (const T *)output;
    const uint4 *O = (const uint4 *)(o + share.lead);
    size_t me = thread_number(), all = thread_count();
    uint64_t begin = first + share.lead;
    unsigned long long wrong = 0;
    maker<E> make(pattern, begin + me * P::N, all * P::N);
    for (size_t v = me; v < share.vectors; v += all) {
        P got, want;
        got.vector = O[v];
        make.vector(begin + v * P::N, want);
        if (got.vector.x == want.vector.x && got.vector.y == want.vector.y &&
            got.vector.z == want.vector.z && got.vector.w == want.vector.w)
            continue;
        for (int i = 0; i < P::N; i++)
            if (differ(got.element[i], want.element[i])) {
                wrong++;
                keep(verdict, base + share.lead + v * P::N + i);
            }
    }
    for (size_t i = me; i < share_scalars(share, P::N); i += all) {
        uint64_t at = share_scalar(share, P::N, i);
        if (differ(o[at],
                   make.one(first + at, role_at(pattern, first + at)))) {
            wrong++;
            keep(verdict, base + at);
        }
    }
    if (wrong)
        atomicAdd(&verdict->wrong, wrong);
}

/* --- calls ---------------------------------------------------------------
 */

static size_t size_of(enum datatype type)
{
    static const unsigned char sizes[] = {
#define SIZE(E) sizeof(E::T)
        TYPES(SIZE)
#undef SIZE
    };
    static_assert(sizeof sizes == TYPE_COUNT, "a row for each datatype");
    return sizes[type];
}

static struct share share_of(enum datatype type, size_t count, const void *a,
                             const void *b, const void *c)
{
    size_t size = size_of(type), off = (uintptr_t)a % VECTOR_B;
    size_t lead = (VECTOR_B - off) % VECTOR_B / size;
    if (off != (uintptr_t)b % VECTOR_B || off != (uintptr_t)c % VECTOR_B ||
        lead >= count)
        return {count, 0, count};
    return {lead, (count - lead) / (VECTOR_B / size), count};
}

/* The same, of elements from number `first` of a pattern on: vectors begin where
 * a hashed word does, or there are none. */
static struct share pattern_share_of(enum datatype type, size_t count,
                                     const void *at, uint64_t first)
{
    struct share share = share_of(type, count, at, at, at);
    size_t size = size_of(type), in_a_word = size < 4 ? 4 / size : 1;
    return (first + share.lead) % in_a_word ? (struct share){count, 0, count}
                                            : share;
}

template <class... Parameters, class... Arguments>
static int launch(const struct kernels *on, struct share share,
                  void (*kernel)(Parameters...), Arguments... arguments)
{
    size_t threads = share.vectors > share.count - share.vectors
                         ? share.vectors
                         : share.count - share.vectors;
    size_t blocks = (threads + THREADS - 1) / THREADS;
    if (share.count == 0)
        return 0;
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3((unsigned)(blocks < on->blocks ? blocks : on->blocks));
    config.blockDim = dim3(THREADS);
    config.stream = (cudaStream_t)on->stream;
    return cudaLaunchKernelEx(&config, kernel, arguments...);
}

typedef void reduce_kernel(void *, const void *, const void *, int,
                           struct share);
typedef void divide_kernel(void *, int, struct share);
typedef void fill_kernel(void *, struct kernel_pattern, uint64_t,
                         struct share);
typedef void verify_kernel(const void *, struct kernel_pattern, uint64_t,
                           uint64_t, struct share, struct kernel_verdict *);

int kernels_reduce(const struct kernels *on, enum datatype type,
                   enum reduce_op op, int by, void *out, const void *a,
                   const void *b, size_t count)
{
    static reduce_kernel *const kernels[][OP_COUNT + 1] = {
#define OPS(E)                                                                 \
    {                                                                          \
        reduce<E, sum>, reduce<E, prod>, reduce<E, min_of>,                    \
            reduce<E, max_of>, reduce<E, sum>, reduce<E, average>              \
    }
        TYPES(OPS)
#undef OPS
    };
    struct share share = share_of(type, count, out, a, b);
    return launch(on, share, kernels[type][by ? (int)OP_COUNT : (int)op], out,
                  a, b, by, share);
}

int kernels_divide(const struct kernels *on, enum datatype type, void *elements,
                   size_t count, int by)
{
    static divide_kernel *const kernels[] = {
#define OF(E) divide<E>
        TYPES(OF)
#undef OF
    };
    struct share share = share_of(type, count, elements, elements, elements);
    return launch(on, share, kernels[type], elements, by, share);
}

int kernels_fill(const struct kernels *on, enum datatype type,
                 const struct kernel_pattern *pattern, uint64_t first,
                 void *out, size_t count)
{
    static fill_kernel *const kernels[] = {
#define OF(E) fill<E>
        TYPES(OF)
#undef OF
    };
    struct share share = pattern_share_of(type, count, out, first);
    return launch(on, share, kernels[type], out, *pattern, first, share);
}

int kernels_verify(const struct kernels *on, enum datatype type,
                   const struct kernel_pattern *pattern, uint64_t first,
                   const void *got, size_t count, uint64_t base,
                   struct kernel_verdict *verdict)
{
    static verify_kernel *const kernels[] = {
#define OF(E) verify<E>
        TYPES(OF)
#undef OF
    };
    struct share share = pattern_share_of(type, count, got, first);
    return launch(on, share, kernels[type], got, *pattern, first, base, share,
                  verdict);
}
