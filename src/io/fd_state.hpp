// SPDX-License-Identifier: MIT
#pragma once

// What a loop knows about one open file that can be ready: sockets, pipes, terminals.
//
// The model is readiness, with both drivers. Each file has one poll in the kernel, edge-triggered,
// armed when somebody first waits, widened when a write first does, and kept until the file is
// closed. Operations try their non-blocking system call first and park only when it would block;
// when the edge comes, the driver repeats the parked call itself, so that a task is resumed with a
// result and not with a hint.
//
// Why not one ring operation per read? Measured on Linux 6.18, two entries, two completions and the
// kernel's own poll per message make that the slowest of the choices; and a buffer that only we
// touch needs no cancellation in the kernel: a cancelled read is an unlinked pointer.

#include <patio/core/detail/abortable.hpp>
#include <patio/core/transport.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::detail {

struct fd_state;
class io_driver;

/// Which half of a file an operation needs.
enum class fd_direction : std::uint8_t { in, out };

/// An operation that waits until its file is ready; part of the awaiter, so it allocates nothing.
struct PATIO_EXPORT fd_waiter : abortable {
    /// Repeats the operation. False: it would still block, and has cleared the readiness bit.
    /// Null: readiness itself is what is waited for.
    ///
    /// Where the kernel cannot watch the file (ENOMEM, ENOSPC) the task is resumed without success:
    /// an operation that finds itself resumed with EAGAIN fails with it.
    using attempt_function = bool (*)(fd_waiter& self) noexcept;

    explicit fd_waiter(attempt_function attempt_) noexcept : attempt{attempt_} {}

    /// Cancelled in user space at once: nothing was taken from the file.
    void request_cancel(task_block& task) noexcept override;

    attempt_function attempt;
    task_block* waiting = nullptr;
    fd_state* file = nullptr;  // null once it was closed under the waiter
    io_driver* driver = nullptr;
    fd_direction direction = fd_direction::in;
};

/// What a read tells that gives less than it could: mostly that there is nothing more until the
/// next edge, and that another read would only say EAGAIN.
enum class short_reads : std::uint8_t {
    say_nothing,  ///< a terminal stops after a line
    mean_empty,   ///< TCP
    /// A local socket stops behind a message with descriptors, or before another sender's if
    /// SO_PASSCRED is on. Both say MSG_CTRUNC to a reader who asks for neither: unix(7),
    /// recvmsg(2).
    mean_empty_if_whole,
};

/// Bits of `fd_state::ready`.
namespace fd_ready {
inline constexpr std::uint8_t in = 1;      ///< a read may give something: data, an end, an error
inline constexpr std::uint8_t out = 2;     ///< a write may take something, or fail
inline constexpr std::uint8_t hangup = 4;  ///< the peer has closed its half, or the file failed
inline constexpr std::uint8_t all = in | out | hangup;

[[nodiscard]] constexpr std::uint8_t bit_of(fd_direction direction) noexcept {
    return direction == fd_direction::in ? in : out;
}
}  // namespace fd_ready

/// One open file. Lives in its driver's slab, whose memory is given back with the driver only: an
/// event of the kernel may come late, for a file that is closed already and whose slot has another
/// one, and must find something to look at. `generation` then tells that it is stale.
///
/// Invariants: at most one waiter for each direction; a waiter is parked only while its bit is not
/// set; while `is_armed` the kernel holds a poll that carries this generation.
struct fd_state {
    int fd = -1;  // -1: the slot is free
    std::uint16_t generation = 0;
    std::uint8_t ready = 0;
    bool is_armed : 1 = false;
    /// Whether the poll asks for output, too: from the first write that had to wait. Before, nobody
    /// needs to hear that there is room, and a local socket tells it with each message that the
    /// peer takes.
    bool is_output_watched : 1 = false;
    short_reads on_short_read : 2 = short_reads::say_nothing;
    union {
        fd_waiter* reader = nullptr;
        fd_state* next_free;
    };
    fd_waiter* writer = nullptr;
    end_watch* on_end = nullptr;

    /// Null once the driver is gone.
    [[nodiscard]] io_driver* driver() noexcept;

    [[nodiscard]] fd_waiter*& waiter(fd_direction direction) noexcept {
        return direction == fd_direction::in ? reader : writer;
    }
    [[nodiscard]] bool is_ready(fd_direction direction) const noexcept {
        return (ready & fd_ready::bit_of(direction)) != 0;
    }
    /// The system call said EAGAIN, or took less than it was offered: the next edge sets it again.
    void clear_ready(fd_direction direction) noexcept {
        ready = static_cast<std::uint8_t>(ready & ~fd_ready::bit_of(direction));
    }
};

static_assert(sizeof(void*) != 8 || sizeof(fd_state) == 32);

/// Many files in one block, which a state finds by its own address. Files may be closed after their
/// driver has gone (a stream in a variable that outlives `run()`), so the block stays as long as it
/// has any.
struct alignas(4096) fd_slab {
    static constexpr std::size_t bytes = 4096;
    static constexpr std::size_t states_max = (bytes - 2 * sizeof(void*)) / sizeof(fd_state);

    io_driver* owner;
    std::size_t open_count = 0;
    fd_state states[states_max];

    explicit fd_slab(io_driver& owner_) noexcept : owner{&owner_} {}
    [[nodiscard]] static fd_slab& of(fd_state& file) noexcept {
        return *reinterpret_cast<fd_slab*>(reinterpret_cast<std::uintptr_t>(&file) & ~(bytes - 1));
    }
};

static_assert(sizeof(fd_slab) == fd_slab::bytes);

inline io_driver* fd_state::driver() noexcept { return fd_slab::of(*this).owner; }

}  // namespace patio::detail
