"""What is bought and sold: products, suppliers with their hidden reliability, prices, warehouses."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox import names
from sandbox.geography import CITIES, City, city
from sandbox.sizes import sizes
from sandbox.world import START, World, days, pick

_EQUIPMENT = (
    ("离心式冷水机组", "chiller", "LX", (1400.0, 2100.0, 2800.0), 420.0, 4200, 45),
    ("螺杆式冷水机组", "chiller", "LS", (350.0, 700.0), 480.0, 2600, 40),
    ("组合式空气处理机组", "air_handler", "ZK", (90.0, 180.0), 620.0, 900, 30),
    ("多联机室外机", "vrf_outdoor", "MV", (28.0, 45.0, 61.5), 1350.0, 280, 20),
    ("多联机室内机", "vrf_indoor", "MN", (2.8, 5.6, 9.0), 980.0, 32, 15),
    ("分体空调", "split_unit", "FT", (3.5, 7.2), 860.0, 45, 10),
    ("空气源热泵", "heat_pump", "RB", (65.0, 130.0), 900.0, 560, 25),
)
_MATERIALS = (
    ("紫铜管", "pipe", "kg", (68.0, 71.0, 74.0)),
    ("镀锌钢管", "pipe", "m", (46.0, 82.0)),
    ("电动调节阀", "valve", "pcs", (860.0, 1450.0)),
    ("手动蝶阀", "valve", "pcs", (210.0, 380.0)),
    ("动力电缆", "cable", "m", (38.0, 96.0)),
    ("控制电缆", "cable", "m", (6.5, 9.8)),
    ("橡塑保温", "insulation", "m", (18.0, 32.0)),
    ("楼宇控制器", "control", "pcs", (2600.0, 4800.0)),
    ("温湿度传感器", "control", "pcs", (180.0, 320.0)),
    ("压缩机", "compressor", "pcs", (8600.0, 15200.0)),
    ("支吊架", "bracket", "pcs", (24.0, 41.0)),
    ("环保冷媒", "refrigerant", "kg", (62.0, 88.0)),
    ("离心风机", "fan", "pcs", (1900.0, 3400.0)),
)
#: Mean and spread of days late, share rejected: the truth that a scorecard has to find.
RELIABILITY = {"steady": (-3.0, 2.0, 0.002), "usual": (0.0, 4.0, 0.01), "poor": (11.0, 9.0, 0.03)}


@dataclass(frozen=True)
class Product:
    """Something with a price. ``capacity_kw`` is 0 for materials."""

    product_id: str
    name: str
    category: str
    price: float
    cost: float
    weight_kg: float
    lead_time_days: int
    capacity_kw: float


@dataclass(frozen=True)
class Supplier:
    """A supplier and the truth about it."""

    supplier_id: str
    category: str
    reliability: str
    quoted_days: int


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be bought or sold, and where it is kept."""

    equipment: list[Product]
    materials: list[Product]
    suppliers: list[Supplier]
    warehouses: dict[str, City]
    by_category: dict[str, list[Supplier]] = field(default_factory=dict)

    def categories(self) -> dict[str, list[Supplier]]:
        """Suppliers by what they make."""
        if not self.by_category:
            for one in self.suppliers:
                self.by_category.setdefault(one.category, []).append(one)
        return self.by_category

    def sellers(self, product: Product) -> list[Supplier]:
        """Suppliers of a material."""
        return self.categories()[product.category]

    def nearest_warehouse(self, place: City) -> str:
        """The warehouse in the city's region, else the central one."""
        for warehouse_id, home in self.warehouses.items():
            if home.region_code == place.region_code:
                return warehouse_id
        return next(iter(self.warehouses))


def build_catalogue(world: World) -> Catalogue:
    """Write products, suppliers, prices and warehouses."""
    equipment = _equipment(world)
    materials = _materials(world)
    suppliers = _suppliers(world)
    catalogue = Catalogue(equipment, materials, suppliers, _warehouses(world))
    for product in materials:
        for supplier in catalogue.sellers(product):
            _price(world, product, supplier)
    _substitutes(world, equipment)
    return catalogue


def _equipment(world: World) -> list[Product]:
    found = []
    for name, category, prefix, capacities, per_kw, weight, lead in _EQUIPMENT:
        for size in capacities:
            price = round(size * per_kw, -1)
            model = f"{prefix}-{size:g}"
            title = f"{name} {size:g}kW"
            product = Product(
                f"P-{model}", title, category, price, round(price * 0.66, 2), weight, lead, size
            )
            found.append(product)
            write_product(world, product, model, "pcs")
    return found


def _materials(world: World) -> list[Product]:
    found = []
    for name, category, unit, prices in _MATERIALS:
        for number, price in enumerate(prices, start=1):
            product_id = f"M-{len(found) + 1:03d}"
            title, cost, weight = f"{name}({number}型)", round(price * 0.78, 2), max(price / 60, 0.2)
            product = Product(product_id, title, category, price, cost, weight, 15, 0.0)
            found.append(product)
            write_product(world, product, f"{category.upper()}-{number}", unit)
    return found


def write_product(world: World, product: Product, model: str, unit: str) -> None:
    """Write a product."""
    world.add(
        "erp__products",
        product_id=product.product_id,
        name=product.name,
        category_code=product.category,
        model_code=model,
        unit_code=unit,
        list_price_amount=product.price,
        standard_cost_amount=product.cost,
        currency_code="CNY",
        weight_kg=round(product.weight_kg, 2),
        volume_m3=round(product.weight_kg / 180, 3),
        cooling_capacity_kw=product.capacity_kw or None,
        lead_time_days=product.lead_time_days,
        safety_stock_quantity=20 if product.category in ("split_unit", "vrf_indoor") else 5,
        warranty_days=730 if product.capacity_kw else 365,
        is_active=True,
    )


def _suppliers(world: World) -> list[Supplier]:
    categories = sorted({category for _, category, _, _ in _MATERIALS})
    found = []
    for number in range(sizes(world.scale).suppliers):
        dice = world.dice("supplier", number)
        category = categories[number % len(categories)]
        # Buyers of a category have one at least who is not a poor supplier.
        natures = ("steady", "usual", "poor") if number >= len(categories) else ("steady", "usual")
        home = pick(dice, CITIES)
        supplier = Supplier(
            f"S{number + 1:03d}",
            category,
            pick(dice, natures, (5, 4, 2)[: len(natures)]),
            int(dice.integers(12, 40)),
        )
        found.append(supplier)
        write_supplier(
            world, supplier, names.supplier(dice, category, home.name), home, int(pick(dice, (30, 60, 90)))
        )
    return found


def write_supplier(world: World, supplier: Supplier, name: str, home: City, payment_days: int) -> None:
    """Write a supplier."""
    world.add(
        "erp__suppliers",
        supplier_id=supplier.supplier_id,
        name=name,
        category_code=supplier.category,
        country_code="CN",
        region_code=home.region_code,
        province=home.province,
        city=home.name,
        postal_code=home.postal_code,
        quoted_lead_time_days=supplier.quoted_days,
        payment_days=payment_days,
        currency_code="CNY",
        is_active=True,
    )


def _price(world: World, product: Product, supplier: Supplier) -> None:
    dice = world.dice("price", product.product_id, supplier.supplier_id)
    base = product.cost * float(dice.uniform(0.94, 1.1))
    for year in range(START.year, world.until.year + 1):
        for quantity, discount in ((0, 1.0), (500, 0.96)):
            world.add(
                "erp__supplier_prices",
                supplier_id=supplier.supplier_id,
                product_id=product.product_id,
                valid_from_on=START.replace(year=year),
                valid_to_on=START.replace(year=year + 1) - days(1),
                min_quantity=quantity,
                unit_price_amount=base * discount * 1.02 ** (year - START.year),
                currency_code="CNY",
                lead_time_days=supplier.quoted_days,
                is_preferred=supplier.reliability == "steady",
            )


def _substitutes(world: World, equipment: list[Product]) -> None:
    for one in equipment:
        for other in equipment:
            if one.category == other.category and one.capacity_kw < other.capacity_kw <= one.capacity_kw * 2:
                world.add(
                    "ref__product_substitutes",
                    product_id=one.product_id,
                    substitute_id=other.product_id,
                    conversion=1.0,
                    preference_no=1,
                    is_approval_needed=True,
                    note="以大代小,需客户确认",
                )


def _warehouses(world: World) -> dict[str, City]:
    homes = {}
    for number, name in enumerate(("青岛", "武汉", "成都", "广州", "北京", "西安"), start=1):
        place = city(name)
        warehouse_id = f"W{number:02d}"
        homes[warehouse_id] = place
        world.add(
            "wms__warehouses",
            warehouse_id=warehouse_id,
            name=f"{name}{'中央仓' if number == 1 else '区域仓'}",
            kind_code="central" if number == 1 else "regional",
            region_code=place.region_code,
            province=place.province,
            city=name,
            site_id=None,
            latitude=place.latitude + 0.05,
            longitude=place.longitude - 0.04,
            capacity_m3=20000 if number == 1 else 6000,
            is_active=True,
        )
    return homes
