// SPDX-License-Identifier: MIT

#include <patio/core/copy.hpp>

#include <patio/core/detail/stream_claim.hpp>

#include <vector>

namespace patio {
namespace detail {

namespace {

/// Copies until the end, or until `count` has passed `limit`. **Returns** whether it is the end.
async<bool> copy_blocks(const stream_claim& from, const stream_claim& to, std::uint64_t& count,
                        std::uint64_t limit) {
    std::vector<std::byte> block(copy_block_bytes);
    while (count < limit) {
        const std::size_t read = co_await from.read_some(block);
        if (read == 0) co_return true;
        const byte_view bytes{block.data(), read};
        auto written = to.carrier().write(byte_views{&bytes, 1});
        co_await std::move(written);
        count += read;
    }
    co_return false;
}

async<std::uint64_t> copy_streams(stream_ref source, stream_ref target) {
    const stream_claim from{std::move(source), stream_way::in};
    const stream_claim to{std::move(target), stream_way::out};
    std::uint64_t count = 0;
    bool is_at_end = co_await copy_blocks(from, to, count, splice_after_bytes);
    if (!is_at_end && from.buffered().empty()) {
        auto moving = to.carrier().write_all_from(from.carrier(), count);
        is_at_end = co_await std::move(moving);
        if (is_at_end) from.set_at_end();
    }
    if (!is_at_end) co_await copy_blocks(from, to, count, UINT64_MAX);
    co_return count;
}

}  // namespace
}  // namespace detail

async<std::uint64_t> copy(stream& from, stream& to) {
    return detail::copy_streams(detail::stream_claim::ref_of(from),
                                detail::stream_claim::ref_of(to));
}

}  // namespace patio
