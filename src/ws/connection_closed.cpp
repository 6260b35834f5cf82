// SPDX-License-Identifier: MIT

#include <patio/ws/connection_closed.hpp>

namespace patio::ws {

connection_closed::connection_closed(std::error_code why, const std::string& what,
                                     ws::close_code close, const std::string& reason,
                                     ws::closed_by who)
    : error{why, what}, reason_{reason.c_str()}, close_code_{close}, closed_by_{who} {}

connection_closed::~connection_closed() = default;

}  // namespace patio::ws
