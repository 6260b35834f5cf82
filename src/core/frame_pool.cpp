// SPDX-License-Identifier: MIT

#include <patio/core/detail/frame_pool.hpp>

#include <cstdlib>
#include <cstring>

namespace patio::detail {

[[gnu::tls_model("initial-exec")]] thread_local constinit frame_pool this_pool;

namespace {

constexpr std::size_t slab_bytes = 256 * 1024;

/// Whether the lists are used at all; decided once for the whole program, since a block may be
/// freed on another thread than it came from. Without a guarded static: a fork while another thread
/// is inside of one would leave it closed in the child for ever.
std::size_t pooled_bytes_max() noexcept {
    constexpr std::size_t undecided = static_cast<std::size_t>(-1);
    static constinit std::size_t decided = undecided;
    const std::size_t known = __atomic_load_n(&decided, __ATOMIC_RELAXED);
    if (known != undecided) return known;
    const char* wish = std::getenv("PATIO_POOL");
    const bool is_on = wish != nullptr ? std::strcmp(wish, "0") != 0 : PATIO_HAS_ASAN == 0;
    const std::size_t ours = is_on ? frame_pool::block_bytes_max : 0;
    std::size_t first = undecided;  // whoever was first has decided
    const bool is_first = __atomic_compare_exchange_n(&decided, &first, ours, false,
                                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return is_first ? ours : first;
}

/// What ended threads have left, for threads that start: a stack of free blocks for each size.
///
/// Without a lock, because a fork would copy it as it is, and the thread that holds it would not be
/// there in the child to let go. A fork in the middle of what follows costs the child blocks, no
/// more. Stacks are taken as a whole only, so a block that has been away and come back (ABA) is not
/// a danger. Never destroyed: threads may end after main.
constinit frame_pool::free_block* depot[frame_pool::list_count] = {};

void leave_in_depot(std::size_t index, frame_pool::free_block* blocks) noexcept {
    if (blocks == nullptr) return;
    frame_pool::free_block* last = blocks;
    while (last->next != nullptr)
        last = last->next;
    last->next = __atomic_load_n(&depot[index], __ATOMIC_RELAXED);
    // Releases the links, and what the thread did with the blocks before it freed them.
    while (!__atomic_compare_exchange_n(&depot[index], &last->next, blocks, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {}
}

/// Moves a thread's lists to the depot when it ends.
struct pool_donor {
    ~pool_donor() {
        for (std::size_t i = 0; i < frame_pool::list_count; ++i)
            leave_in_depot(i, this_pool.lists[i]);
        this_pool = frame_pool{};  // blocks that are freed even later start it again
    }
};

void start_pool() {
    frame_pool& pool = this_pool;
    pool.is_started = true;
    pool.pooled_bytes_max = pooled_bytes_max();
    if (pool.pooled_bytes_max == 0) return;
    static thread_local pool_donor donor;
    (void)donor;  // constructed here, so that its destructor runs at the thread's end
    for (std::size_t i = 0; i < frame_pool::list_count; ++i) {
        if (__atomic_load_n(&depot[i], __ATOMIC_RELAXED) == nullptr) continue;
        pool.lists[i] = __atomic_exchange_n(&depot[i], nullptr, __ATOMIC_ACQUIRE);
    }
}

}  // namespace

void* get_block_slow(std::size_t bytes) {
    frame_pool& pool = this_pool;
    if (!pool.is_started) {
        start_pool();
        return get_block(bytes);
    }
    if (bytes > pool.pooled_bytes_max) return ::operator new(bytes);
    const std::size_t rounded = (bytes + frame_pool::granule_bytes - 1) /
                                frame_pool::granule_bytes * frame_pool::granule_bytes;
    if (static_cast<std::size_t>(pool.chunk_end - pool.chunk_begin) < rounded) {
        // The rest of the old slab is given up: less than a block of the largest size.
        pool.chunk_begin = static_cast<char*>(::operator new(slab_bytes));
        pool.chunk_end = pool.chunk_begin + slab_bytes;
    }
    void* block = pool.chunk_begin;
    pool.chunk_begin += rounded;
    return block;
}

void put_block_slow(void* block, std::size_t bytes) noexcept {
    frame_pool& pool = this_pool;
    if (!pool.is_started) {
        start_pool();
        put_block(block, bytes);
        return;
    }
    ::operator delete(block, bytes);
}

void* get_aligned_block(std::size_t bytes, std::size_t alignment) {
    return ::operator new(bytes, std::align_val_t{alignment});
}

void put_aligned_block(void* block, std::size_t bytes, std::size_t alignment) noexcept {
    ::operator delete(block, bytes, std::align_val_t{alignment});
}

}  // namespace patio::detail
