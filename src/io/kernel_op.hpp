// SPDX-License-Identifier: MIT
#pragma once

// An operation that the kernel owns from its submission to its completion: files, accept, waitid.

#include "ring_abi.hpp"

#include <patio/core/detail/abortable.hpp>

#include <cstdint>

namespace patio::detail {

class uring_driver;

enum class kernel_op_state : std::uint8_t { idle, in_flight, cancelling };

/// Part of the awaiter. Its address is the completion's user data, and its buffers are the kernel's
/// until that completion has come, so a task that waits for it is never unwound earlier:
///
/// * A cancellation marks it `cancelling` and asks the kernel to end it (ASYNC_CANCEL). The
/// kernel's
///   answer to that request means nothing: the operation may have completed meanwhile, or be past
///   stopping.
/// * The operation's own completion decides. ECANCELED after a request: the task is unwound.
///   Anything else is a result, which is delivered (R2); the task is unwound at its next wait.
struct PATIO_EXPORT kernel_op : abortable {
    void request_cancel(task_block& task) noexcept override;

    task_block* waiting = nullptr;
    uring_driver* driver = nullptr;
    std::int32_t result = 0;  ///< as a system call's, errors negative
    std::uint32_t completion_flags = 0;
    kernel_op_state state = kernel_op_state::idle;
};

/// What a completion's user data points to, in its low three bits. Above the 48 bits of an address
/// stands the generation of an `fd_state`.
enum class completion_tag : std::uint64_t {
    ignore = 0,  ///< answers to cancel requests
    kernel_op = 1,
    fd_state = 2,
    wake = 3,       ///< the driver's own event
    stream_op = 4,  ///< a multishot operation that gives buffers or connections
};

class user_data {
public:
    explicit constexpr user_data(std::uint64_t word) noexcept : word_{word} {}
    explicit constexpr user_data(completion_tag tag) noexcept
        : word_{static_cast<std::uint64_t>(tag)} {}
    user_data(completion_tag tag, const void* target, std::uint16_t generation = 0) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(target) | static_cast<std::uint64_t>(tag) |
                std::uint64_t{generation} << address_bits} {}

    [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }
    [[nodiscard]] constexpr completion_tag tag() const noexcept {
        return static_cast<completion_tag>(word_ & tag_mask);
    }
    [[nodiscard]] constexpr std::uint16_t generation() const noexcept {
        return static_cast<std::uint16_t>(word_ >> address_bits);
    }
    template <class T>
    [[nodiscard]] T& target() const noexcept {
        static_assert(alignof(T) > tag_mask, "the tag needs the address's low bits");
        constexpr std::uint64_t address_mask = (std::uint64_t{1} << address_bits) - 1;
        return *reinterpret_cast<T*>(word_ & address_mask & ~tag_mask);
    }

private:
    // User space addresses of x86-64 and AArch64, unless a program asks mmap for higher ones.
    static constexpr int address_bits = 48;
    static constexpr std::uint64_t tag_mask = 7;

    std::uint64_t word_;
};

}  // namespace patio::detail
