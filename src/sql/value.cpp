// SPDX-License-Identifier: MIT

#include <patio/sql/value.hpp>

namespace patio::sql {

const char* name_of(value_kind kind) noexcept {
    switch (kind) {
        case value_kind::null:
            return "NULL";
        case value_kind::integer:
            return "an integer";
        case value_kind::real:
            return "a real number";
        case value_kind::text:
            return "a text";
        case value_kind::binary:
            return "bytes";
    }
    return "a value of no kind";
}

}  // namespace patio::sql
