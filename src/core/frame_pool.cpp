// SPDX-License-Identifier: MIT

#include <patio/core/detail/frame_pool.hpp>

#include <cstdlib>
#include <cstring>
#include <mutex>

namespace patio::detail {

[[gnu::tls_model("initial-exec")]] thread_local constinit frame_pool this_pool;

namespace {

constexpr std::size_t slab_bytes = 256 * 1024;

/// Whether the lists are used at all; decided once for the whole program, since a block may be
/// freed on another thread than it came from.
std::size_t pooled_bytes_max() noexcept {
    static const std::size_t result = [] {
        const char* wish = std::getenv("PATIO_POOL");
        if (wish != nullptr) return std::strcmp(wish, "0") == 0 ? 0 : frame_pool::block_bytes_max;
        return PATIO_HAS_ASAN != 0 ? 0 : frame_pool::block_bytes_max;
    }();
    return result;
}

/// What ended threads have left, for threads that start.
struct depot {
    std::mutex lock;
    frame_pool left;
};
depot& the_depot() noexcept {
    static depot* const instance = new depot;  // never destroyed: threads may end after main
    return *instance;
}

void append(frame_pool::free_block*& list, frame_pool::free_block* blocks) noexcept {
    if (blocks == nullptr) return;
    frame_pool::free_block* last = blocks;
    while (last->next != nullptr)
        last = last->next;
    last->next = list;
    list = blocks;
}

/// Moves a thread's lists to the depot when it ends.
struct pool_donor {
    ~pool_donor() {
        depot& common = the_depot();
        const std::lock_guard guard{common.lock};
        for (std::size_t i = 0; i < frame_pool::list_count; ++i) {
            append(common.left.lists[i], this_pool.lists[i]);
        }
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
    depot& common = the_depot();
    const std::lock_guard guard{common.lock};
    for (std::size_t i = 0; i < frame_pool::list_count; ++i) {
        pool.lists[i] = common.left.lists[i];
        common.left.lists[i] = nullptr;
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
