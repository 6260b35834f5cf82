// SPDX-License-Identifier: MIT

#include <patio/core/stream_layer.hpp>
#include <patio/core/transport.hpp>

#include <utility>

namespace patio {

transport::~transport() = default;
stream_layer::~stream_layer() = default;
std::size_t transport::read_now(byte_span) { return not_now; }
std::size_t transport::write_now(byte_view) { return 0; }
async<bool> transport::write_all_from(transport&, std::uint64_t&) { co_return false; }
async<> transport::write_counted(byte_views parts, std::size_t& taken) {
    taken = bytes_unknown;
    auto written = write(parts);
    co_await std::move(written);
    taken = parts.size();
}
bool transport::watch_end(end_watch* watch) noexcept {
    transport* below = next_layer();
    return below != nullptr && below->watch_end(watch);
}
transport* transport::next_layer() noexcept { return nullptr; }
int transport::native_handle() const noexcept { return -1; }

}  // namespace patio
