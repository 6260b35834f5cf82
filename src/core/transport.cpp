// SPDX-License-Identifier: MIT

#include <patio/core/transport.hpp>

namespace patio {

transport::~transport() = default;
transport* transport::next_layer() noexcept { return nullptr; }
int transport::native_handle() const noexcept { return -1; }

}  // namespace patio
