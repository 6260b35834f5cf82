// SPDX-License-Identifier: MIT

#include <patio/core/stream_layer.hpp>
#include <patio/core/transport.hpp>

namespace patio {

transport::~transport() = default;
stream_layer::~stream_layer() = default;
transport* transport::next_layer() noexcept { return nullptr; }
int transport::native_handle() const noexcept { return -1; }

}  // namespace patio
