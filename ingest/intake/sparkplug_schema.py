"""The Protocol Buffers messages of Sparkplug B, as far as readings need them.

Field numbers and types are those of «Sparkplug Specification 3.0.0», payload definition (Eclipse Foundation).
Fields that are not listed (templates, data sets, metadata) are passed over by the parser. Written down here,
since the libraries on PyPI want an older paho-mqtt or protobuf.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

PACKAGE = "gantry.sparkplug"

Fields = dict[str, tuple[int, int]]
METRIC: Fields = {
    "name": (1, Field.TYPE_STRING),
    "alias": (2, Field.TYPE_UINT64),
    "timestamp": (3, Field.TYPE_UINT64),
    "datatype": (4, Field.TYPE_UINT32),
    "is_null": (7, Field.TYPE_BOOL),
    "int_value": (10, Field.TYPE_UINT32),
    "long_value": (11, Field.TYPE_UINT64),
    "float_value": (12, Field.TYPE_FLOAT),
    "double_value": (13, Field.TYPE_DOUBLE),
    "boolean_value": (14, Field.TYPE_BOOL),
    "string_value": (15, Field.TYPE_STRING),
}
PAYLOAD: Fields = {
    "timestamp": (1, Field.TYPE_UINT64),
    "seq": (3, Field.TYPE_UINT64),
    "uuid": (4, Field.TYPE_STRING),
}
PROPERTY: Fields = {"type": (1, Field.TYPE_UINT32), "int_value": (3, Field.TYPE_UINT32)}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="gantry_sparkplug.proto", package=PACKAGE, syntax="proto2")
    _add(file, "PropertyValue", PROPERTY)
    properties = _add(file, "PropertySet", {})
    properties.field.add(name="keys", number=1, type=Field.TYPE_STRING, label=Field.LABEL_REPEATED)
    _add_messages(properties, "values", 2, "PropertyValue", Field.LABEL_REPEATED)
    metric = _add(file, "Metric", METRIC)
    _add_messages(metric, "properties", 9, "PropertySet", Field.LABEL_OPTIONAL)
    payload = _add(file, "Payload", PAYLOAD)
    _add_messages(payload, "metrics", 2, "Metric", Field.LABEL_REPEATED)
    return file


def _add(
    file: descriptor_pb2.FileDescriptorProto, name: str, fields: Fields
) -> descriptor_pb2.DescriptorProto:
    message = file.message_type.add(name=name)
    for field, (number, kind) in fields.items():
        message.field.add(name=field, number=number, type=kind, label=Field.LABEL_OPTIONAL)
    return message


def _add_messages(
    message: descriptor_pb2.DescriptorProto, name: str, number: int, of: str, label: int
) -> None:
    message.field.add(
        name=name, number=number, type=Field.TYPE_MESSAGE, label=label, type_name=f".{PACKAGE}.{of}"
    )


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())
#: A message's payload, and one metric of it.
Payload = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.Payload"))
Metric = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.Metric"))
