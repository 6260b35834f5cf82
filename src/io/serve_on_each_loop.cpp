// SPDX-License-Identifier: MIT

#include <patio/io/serve_on_each_loop.hpp>

#include <patio/core/errors.hpp>

namespace patio::detail {

void check_for_each_loop(const endpoint& at, const serve_options& options) {
    if (!at.is_ip()) throw usage_error{"serve_on_each_loop: only IP sockets can share an address"};
    if (at.port() == 0) {
        throw usage_error{"serve_on_each_loop: port 0 would be another port on each loop"};
    }
    if (options.stop_on_ != nullptr) {
        throw usage_error{"serve_on_each_loop: an event belongs to one loop, cancel the serving"};
    }
}

serve_options sharing_a_port(serve_options options) {
    options.listening_.reuse_port();
    return options;
}

}  // namespace patio::detail
