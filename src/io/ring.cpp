// SPDX-License-Identifier: MIT

#include "ring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include <sys/mman.h>
#include <sys/syscall.h>

namespace patio::detail {

using namespace ring_abi;

namespace {

constexpr std::uint32_t sq_entry_count = 256;
/// Four times as many: multishot polls complete without having been submitted again. When it still
/// overflows, the kernel keeps the rest (NODROP) and says so in the submission queue's flags.
constexpr std::uint32_t cq_entry_count = 1024;

constexpr std::uint32_t always = setup_clamp | setup_cq_size;
constexpr std::uint32_t deferred =
    always | setup_submit_all | setup_single_issuer | setup_defer_taskrun | setup_taskrun_flag;

/// What to ask for, best first. Deferred task work saves 0.1 to 0.5 µs per completion: it runs when
/// we enter, not whenever the kernel happens to be left.
constexpr std::uint32_t flag_sets[] = {
    deferred | setup_no_sqarray,  // 6.6
    deferred,                     // 6.1
    always | setup_submit_all | setup_coop_taskrun | setup_taskrun_flag,
    always,
};

constexpr std::uint32_t needed_features =
    feature_single_mmap | feature_no_drop | feature_ext_arg | feature_rsrc_tags;

int setup(params& target) noexcept {
    for (const std::uint32_t flags : flag_sets) {
        target = {};
        target.flags = flags;
        target.cq_entries = cq_entry_count;
        const auto fd = static_cast<int>(::syscall(SYS_io_uring_setup, sq_entry_count, &target));
        if (fd >= 0 || errno != EINVAL) return fd;  // EINVAL: this kernel is older than the flags
    }
    return -1;
}

}  // namespace

ring::ring() {
    params agreed;
    fd_ = file_descriptor::checked(setup(agreed), "io_uring_setup");  // it is close-on-exec
    if ((agreed.features & needed_features) != needed_features) {
        throw std::system_error{EOPNOTSUPP, std::generic_category(),
                                "this kernel's io_uring is too old"};
    }
    setup_flags_ = agreed.flags;
    features_ = agreed.features;
    map(agreed);
    register_descriptor();
}

ring::~ring() {
    if (registered_ < 0) return;
    // The table belongs to the thread and would keep the ring alive as long as that.
    ring_fd_update update{};
    update.offset = static_cast<std::uint32_t>(registered_);
    ::syscall(SYS_io_uring_register, fd_.value(), unregister_ring_fds, &update, 1);
}

void ring::map(const params& params) {
    const std::size_t sq_bytes = params.sq.array + params.sq_entries * sizeof(std::uint32_t);
    const std::size_t cq_bytes = params.cq.cqes + params.cq_entries * sizeof(cqe);
    rings_.map(fd_.value(), std::max(sq_bytes, cq_bytes), offset_rings);
    entries_.map(fd_.value(), params.sq_entries * sizeof(sqe), offset_sqes);

    sqes_ = entries_.at<sqe>(0);
    sq_head_ = rings_.at<std::uint32_t>(params.sq.head);
    sq_tail_ = rings_.at<std::uint32_t>(params.sq.tail);
    sq_flags_ = rings_.at<std::uint32_t>(params.sq.flags);
    sq_mask_ = *rings_.at<std::uint32_t>(params.sq.ring_mask);
    if ((params.flags & setup_no_sqarray) == 0) {  // the n-th slot always means the n-th entry
        auto* array = rings_.at<std::uint32_t>(params.sq.array);
        for (std::uint32_t i = 0; i < params.sq_entries; ++i)
            array[i] = i;
    }
    cqes_ = rings_.at<cqe>(params.cq.cqes);
    cq_head_ = rings_.at<std::uint32_t>(params.cq.head);
    cq_tail_ = rings_.at<std::uint32_t>(params.cq.tail);
    cq_mask_ = *rings_.at<std::uint32_t>(params.cq.ring_mask);
}

/// Saves the kernel looking up the descriptor in each enter; where it is refused, all else works.
void ring::register_descriptor() noexcept {
    ring_fd_update update{};
    update.offset = any_offset;
    update.data = static_cast<std::uint64_t>(fd_.value());
    const auto count = ::syscall(SYS_io_uring_register, fd_.value(), register_ring_fds, &update, 1);
    if (count == 1) registered_ = static_cast<std::int32_t>(update.offset);
}

sqe* ring::next_entry() noexcept {
    if (tail_ - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE) > sq_mask_) return nullptr;
    sqe* entry = &sqes_[tail_ & sq_mask_];
    std::memset(entry, 0, sizeof *entry);
    ++tail_;
    return entry;
}

std::int64_t ring::call_enter(std::uint32_t want, const duration* timeout) noexcept {
    __atomic_store_n(sq_tail_, tail_, __ATOMIC_RELEASE);
    std::uint32_t flags = enter_get_events;
    int fd = fd_.value();
    if (registered_ >= 0) {
        flags |= enter_registered_ring;
        fd = registered_;
    }
    if ((features_ & feature_no_iowait) != 0) flags |= enter_no_iowait;
    enter_argument argument{};
    timespec64 limit{};
    if (timeout != nullptr) {
        limit.seconds = timeout->count() / 1'000'000'000;
        limit.nanoseconds = timeout->count() % 1'000'000'000;
        argument.timeout = reinterpret_cast<std::uintptr_t>(&limit);
        flags |= enter_ext_arg;
    }
    const std::int64_t result = ::syscall(SYS_io_uring_enter, fd, tail_ - submitted_, want, flags,
                                          timeout != nullptr ? &argument : nullptr,
                                          timeout != nullptr ? sizeof argument : 0);
    // The head says what was taken, also where the result is that of the wait (ETIME, EINTR). What
    // was not (EAGAIN, EBUSY: no memory, completions to be taken first) stays for the next time.
    submitted_ = __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE);
    return result;
}

void ring::enter() noexcept { call_enter(0, nullptr); }

void ring::enter_and_wait(duration timeout) noexcept {
    call_enter(1, timeout == duration::forever() ? nullptr : &timeout);
}

bool ring::take(cqe& target) noexcept {
    const std::uint32_t head = *cq_head_;
    if (head == __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE)) return false;
    target = cqes_[head & cq_mask_];
    __atomic_store_n(cq_head_, head + 1, __ATOMIC_RELEASE);
    return true;
}

ring::mapping::~mapping() {
    if (address_ != nullptr) ::munmap(address_, bytes_);
}

void ring::mapping::map(int fd, std::size_t bytes, std::uint64_t offset) {
    void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
                           static_cast<off_t>(offset));
    if (address == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), "mmap of an io_uring"};
    }
    address_ = address;
    bytes_ = bytes;
    // A forked child that wrote to the queues would write to its parent's.
    ::madvise(address, bytes, MADV_DONTFORK);
}

}  // namespace patio::detail
