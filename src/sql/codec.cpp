// SPDX-License-Identifier: MIT

#include <patio/sql/codec.hpp>

#include <patio/sql/error.hpp>

namespace patio::sql::detail {

void throw_too_large(std::uint64_t number) {
    throw error{make_error_code(errc::out_of_range),
                "a parameter is " + std::to_string(number) +
                    ": a database holds integers up to 9223372036854775807"};
}

}  // namespace patio::sql::detail
