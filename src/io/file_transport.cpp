// SPDX-License-Identifier: MIT

#include "file_transport.hpp"

#include <patio/core/copy.hpp>
#include <patio/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fcntl.h>

namespace patio::detail {

namespace {

/// What is on its way between two files. It is emptied before it is filled again, so an EAGAIN is
/// never its own: it speaks of the file at the other side.
class splice_pipe {
public:
    /// False if there are no descriptors left.
    bool open() noexcept {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return false;
        read_end = file_descriptor{ends[0]};
        write_end = file_descriptor{ends[1]};
        // Fails when the user's pipes have taken too much memory already; then it is smaller.
        ::fcntl(write_end.value(), F_SETPIPE_SZ, static_cast<int>(splice_block_bytes));
        return true;
    }

    file_descriptor read_end;
    file_descriptor write_end;
};

/// splice(2) into the pipe. SPLICE_F_NONBLOCK speaks of the pipe; a socket has its own flag.
class fill_call {
public:
    explicit fill_call(const splice_pipe& pipe) noexcept : pipe_{pipe} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        return or_errno(::splice(file.fd, nullptr, pipe_.write_end.value(), nullptr,
                                 splice_block_bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
    }

private:
    const splice_pipe& pipe_;
};

/// splice(2) out of the pipe.
class drain_call {
public:
    drain_call(const splice_pipe& pipe, std::size_t count) noexcept : pipe_{pipe}, count_{count} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        return or_errno(::splice(pipe_.read_end.value(), nullptr, file.fd, nullptr, count_,
                                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
    }

private:
    const splice_pipe& pipe_;
    std::size_t count_;
};

/// For what can be read by splicing and not be written: copies what is in the pipe already.
async<> copy_out(const splice_pipe& pipe, std::size_t count, transport& to) {
    std::vector<std::byte> block(std::min(count, copy_block_bytes));
    while (count > 0) {
        const std::int64_t got =
            or_errno(::read(pipe.read_end.value(), block.data(), std::min(count, block.size())));
        if (got <= 0) throw error::from_errno(static_cast<int>(-got), "reading from a pipe");
        const byte_view bytes{block.data(), static_cast<std::size_t>(got)};
        auto written = to.write(byte_views{&bytes, 1});
        co_await std::move(written);
        count -= bytes.size();
    }
}

}  // namespace

async<bool> file_transport::write_all_from(transport& source, std::uint64_t& count) {
    const auto* from = dynamic_cast<file_transport*>(&source);
    splice_pipe pipe;
    if (from == nullptr || !pipe.open()) co_return false;
    for (;;) {
        file_operation filling{from->input(), fd_direction::in, fill_call{pipe}};
        const std::int64_t filled = co_await std::move(filling);
        if (filled == 0) co_return true;
        if (filled == -EINVAL) co_return false;
        if (filled < 0) throw error::from_errno(static_cast<int>(-filled), "reading to copy");
        auto rest = static_cast<std::size_t>(filled);
        while (rest > 0) {
            file_operation draining{output(), fd_direction::out, drain_call{pipe, rest}};
            const std::int64_t drained = co_await std::move(draining);
            if (drained == -EINVAL) {
                co_await copy_out(pipe, rest, *this);
                count += rest;
                co_return false;
            }
            if (drained < 0) throw error::from_errno(static_cast<int>(-drained), "writing a copy");
            rest -= static_cast<std::size_t>(drained);
            count += static_cast<std::uint64_t>(drained);
        }
    }
}

}  // namespace patio::detail
