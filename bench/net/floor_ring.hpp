// SPDX-License-Identifier: MIT
#pragma once

// The least of io_uring that a server needs, on the bare system calls: liburing is not installed
// wherever this is built, and its calls are inlined loads and stores as these are.

#include "../support/harness.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace floor_of {

class ring {
public:
    explicit ring(unsigned entries) {
        io_uring_params chosen{};
        chosen.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | setup_no_sqarray;
        chosen.cq_entries = 8 * entries;
        descriptor_ = setup(entries, chosen);
        if (descriptor_ < 0) {  // before Linux 6.6
            chosen.flags &= ~setup_no_sqarray;
            descriptor_ = setup(entries, chosen);
        }
        bench::expect(descriptor_ >= 0, "this kernel has io_uring with DEFER_TASKRUN");
        map(chosen);
        io_uring_rsrc_update self{};
        self.offset = ~0U;
        self.data = static_cast<std::uint64_t>(descriptor_);
        const auto registered =
            syscall(SYS_io_uring_register, descriptor_, IORING_REGISTER_RING_FDS, &self, 1);
        bench::expect(registered == 1, "the ring registers itself");
        registered_ = self.offset;
    }

    /// The next entry to submit, zeroed. A full queue is submitted first.
    io_uring_sqe& next() {
        if (tail_ - load(sq_head_) == entries_) enter(0);
        io_uring_sqe& entry = sqes_[tail_++ & sq_mask_];
        entry = io_uring_sqe{};
        return entry;
    }

    /// Submits, waits until something has ended, and calls for each completion.
    template <class Handle>
    void turn(Handle handle) {
        enter(1);
        std::uint32_t head = *cq_head_;
        const std::uint32_t tail = load(cq_tail_);
        for (; head != tail; ++head) {
            const io_uring_cqe completion = cqes_[head & cq_mask_];
            handle(completion);
        }
        std::atomic_ref{*cq_head_}.store(head, std::memory_order_release);
    }

private:
    static constexpr unsigned setup_no_sqarray = 1U << 16;  // newer than Debian's headers

    static int setup(unsigned entries, io_uring_params& chosen) {
        return static_cast<int>(syscall(SYS_io_uring_setup, entries, &chosen));
    }

    static std::uint32_t load(std::uint32_t* shared) {
        return std::atomic_ref{*shared}.load(std::memory_order_acquire);
    }

    void enter(unsigned wanted) {
        std::atomic_ref{*sq_tail_}.store(tail_, std::memory_order_release);
        for (;;) {
            const auto taken =
                syscall(SYS_io_uring_enter, registered_, tail_ - submitted_, wanted,
                        IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING, nullptr, 0);
            if (taken >= 0) {
                submitted_ += static_cast<unsigned>(taken);
                return;
            }
            bench::expect(errno == EINTR || errno == EBUSY, "the ring can be entered");
        }
    }

    template <class T>
    T* at(std::uint32_t offset) {
        return reinterpret_cast<T*>(rings_ + offset);
    }

    void map(const io_uring_params& of) {
        const auto submission_bytes = of.sq_off.array + of.sq_entries * sizeof(std::uint32_t);
        const auto completion_bytes = of.cq_off.cqes + of.cq_entries * sizeof(io_uring_cqe);
        const auto bytes =
            submission_bytes > completion_bytes ? submission_bytes : completion_bytes;
        rings_ = static_cast<char*>(map_at(bytes, IORING_OFF_SQ_RING));
        sqes_ = static_cast<io_uring_sqe*>(
            map_at(of.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        sq_head_ = at<std::uint32_t>(of.sq_off.head);
        sq_tail_ = at<std::uint32_t>(of.sq_off.tail);
        sq_mask_ = *at<std::uint32_t>(of.sq_off.ring_mask);
        entries_ = of.sq_entries;
        cq_head_ = at<std::uint32_t>(of.cq_off.head);
        cq_tail_ = at<std::uint32_t>(of.cq_off.tail);
        cq_mask_ = *at<std::uint32_t>(of.cq_off.ring_mask);
        cqes_ = at<io_uring_cqe>(of.cq_off.cqes);
        if ((of.flags & setup_no_sqarray) != 0) return;
        auto* array = at<std::uint32_t>(of.sq_off.array);
        for (std::uint32_t i = 0; i < of.sq_entries; ++i)
            array[i] = i;
    }

    void* map_at(std::size_t bytes, std::uint64_t offset) const {
        void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                            descriptor_, static_cast<off_t>(offset));
        bench::expect(mapped != MAP_FAILED, "the ring can be mapped");
        return mapped;
    }

    int descriptor_ = -1;
    unsigned registered_ = 0;
    unsigned tail_ = 0;
    unsigned submitted_ = 0;
    unsigned entries_ = 0;
    std::uint32_t sq_mask_ = 0;
    std::uint32_t cq_mask_ = 0;
    char* rings_ = nullptr;
    io_uring_sqe* sqes_ = nullptr;
    io_uring_cqe* cqes_ = nullptr;
    std::uint32_t* sq_head_ = nullptr;
    std::uint32_t* sq_tail_ = nullptr;
    std::uint32_t* cq_head_ = nullptr;
    std::uint32_t* cq_tail_ = nullptr;
};

}  // namespace floor_of
