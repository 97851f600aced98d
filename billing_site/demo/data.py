"""Who appears in the demonstration. Every name, number and address here is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from core.roles import Role

PASSWORD = "duebook-demo"  # noqa: S105 - printed on the screen of everybody who runs the demo

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(region: str, organisation: str) -> str:
    """Return a 统一社会信用代码 with valid check characters (GB 11714, GB 32100-2015)."""
    rest = 11 - sum(w * int(c, 36) for w, c in zip(_ORG_WEIGHTS, organisation, strict=True)) % 11
    body = f"91{region}{organisation}{'X' if rest == 10 else '0' if rest == 11 else rest}"  # noqa: PLR2004
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _ALPHABET[-total % 31]


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer; ``days_late`` is how long after the due date it usually pays."""

    name: str
    short_name: str
    contact: str
    email: str
    address: str
    tax_id: str = ""
    country: str = "CN"
    language: str = "zh-hans"
    currency: str = "CNY"
    credit_limit: str = ""
    days_late: int = 0
    po_required: bool = False


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product with its list price before tax, and the tax code by its rate."""

    code: str
    name: str
    unit: str
    price: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A company with everything that is invented for it."""

    slug: str
    name: str
    currency: str
    country: str
    language: str
    profile: dict[str, str]
    banks: list[dict[str, str]]
    products: list[DemoProduct]
    customers: list[DemoCustomer]
    rates: dict[str, str] = field(default_factory=dict)
    reminder_days: int = 75


PEOPLE: list[tuple[str, str, str, Role]] = [
    ("admin@demo.test", "Ada Admin", "en", Role.ADMIN),
    ("biller@demo.test", "李娜", "zh-hans", Role.BILLER),
    ("approver@demo.test", "王强", "zh-hans", Role.APPROVER),
    ("cashier@demo.test", "陈静", "zh-hans", Role.CASHIER),
    ("collector@demo.test", "Carl Collector", "en", Role.COLLECTOR),
    ("manager@demo.test", "张伟", "zh-hans", Role.MANAGER),
    ("auditor@demo.test", "Alma Auditor", "en", Role.AUDITOR),
]

SHANGHAI = DemoCompany(
    slug="haina",
    name="上海海纳云计算有限公司",
    currency="CNY",
    country="CN",
    language="zh-hans",
    profile={
        "tax_id": credit_code("310115", "MA1K3HN8"),
        "address": "上海市浦东新区张江路 1188 号 3 幢 1201 室\n201203",
        "phone": "+86 21 5555 0188",
        "email": "billing@haina.test",
        "website": "haina.test",
        "register_line": "上海海纳云计算有限公司 · 法定代表人 林海 · 注册资本 1000 万元",
        "brand_color": "#0f766e",
    },
    banks=[
        {
            "currency": "CNY",
            "holder": "上海海纳云计算有限公司",
            "bank": "招商银行上海张江支行",
            "number": "121909876510805",
            "code": "308290003126",
        },
        {
            "currency": "USD",
            "holder": "Shanghai Haina Cloud Computing Co., Ltd.",
            "bank": "Bank of China, Shanghai Pudong Branch",
            "number": "445566778899",
            "code": "BKCHCNBJ300",
        },
    ],
    products=[
        DemoProduct("CLOUD-S", "云服务器 标准型", "台·月", Decimal(680), Decimal("0.06")),
        DemoProduct("CLOUD-L", "云服务器 高性能型", "台·月", Decimal(2350), Decimal("0.06")),
        DemoProduct("SUPPORT", "运维技术支持", "人·天", Decimal(1800), Decimal("0.06")),
        DemoProduct("LICENSE", "数据平台软件许可", "套", Decimal(36000), Decimal("0.13")),
        DemoProduct("DEVICE", "机架式存储设备", "台", Decimal(52800), Decimal("0.13")),
        DemoProduct("TRAIN", "管理员培训", "场", Decimal(6500), Decimal("0.06")),
    ],
    customers=[
        DemoCustomer(
            "杭州青禾电子商务有限公司",
            "青禾电商",
            "周敏",
            "ap@qinghe.test",
            "浙江省杭州市余杭区文一西路 998 号",
            credit_code("330110", "MA27XK31"),
            credit_limit="300000",
            days_late=3,
        ),
        DemoCustomer(
            "苏州精工机械制造有限公司",
            "精工机械",
            "吴芳",
            "finance@jinggong.test",
            "江苏省苏州市工业园区星湖街 218 号",
            credit_code("320594", "78594H26"),
            credit_limit="500000",
            days_late=18,
            po_required=True,
        ),
        DemoCustomer(
            "北京远见咨询股份有限公司",
            "远见咨询",
            "郑凯",
            "caiwu@yuanjian.test",
            "北京市朝阳区建国路 88 号 SOHO 现代城 B 座 1706",
            credit_code("110105", "59963KX2"),
            credit_limit="200000",
            days_late=-2,
        ),
        DemoCustomer(
            "深圳市星火通信技术有限公司",
            "星火通信",
            "黄丽",
            "ap@xinghuo.test",
            "广东省深圳市南山区科苑路 15 号",
            credit_code("440300", "MA5F8T42"),
            credit_limit="400000",
            days_late=35,
        ),
        DemoCustomer(
            "成都天府餐饮管理有限公司",
            "天府餐饮",
            "何勇",
            "accounts@tianfu.test",
            "四川省成都市武侯区天府大道 1700 号",
            credit_code("510107", "MA62B9Q7"),
            credit_limit="80000",
            days_late=75,
        ),
        DemoCustomer(
            "武汉龘锋生物科技有限公司",
            "龘锋生物",
            "喆一鸣",
            "cw@dafeng.test",
            "湖北省武汉市东湖新技术开发区高新大道 666 号",
            credit_code("420100", "MA4KX92E"),
            credit_limit="150000",
            days_late=9,
        ),
        DemoCustomer(
            "宁波港通国际物流有限公司",
            "港通物流",
            "孙莉",
            "fapiao@gangtong.test",
            "浙江省宁波市北仑区港口路 55 号",
            credit_code("330206", "69820PT8"),
            credit_limit="250000",
            days_late=0,
        ),
        DemoCustomer(
            "厦门海风文化传媒有限公司",
            "海风传媒",
            "林晓",
            "hello@haifeng.test",
            "福建省厦门市思明区环岛路 10 号",
            credit_code("350203", "MA32C5L1"),
            days_late=22,
        ),
        DemoCustomer(
            "西安古城数字科技有限公司",
            "古城数字",
            "马超",
            "ap@gucheng.test",
            "陕西省西安市高新区锦业路 1 号",
            credit_code("610131", "MA6TQ83N"),
            credit_limit="120000",
            days_late=48,
        ),
        DemoCustomer(
            "南京紫金教育科技有限公司",
            "紫金教育",
            "钱瑾",
            "finance@zijin.test",
            "江苏省南京市建邺区江东中路 359 号",
            credit_code("320105", "MA1P7WR6"),
            credit_limit="100000",
            days_late=5,
        ),
        DemoCustomer(
            "Pacific Rim Analytics Inc.",
            "Pacific Rim",
            "Dana Ortiz",
            "ap@pacificrim.test",
            "1200 Harbor Street\nOakland, CA 94607\nUSA",
            country="US",
            language="en",
            currency="USD",
            credit_limit="50000",
            days_late=12,
        ),
        DemoCustomer(
            "Łódź Data Systems Sp. z o.o.",
            "Łódź Data",
            "Małgorzata Żak",
            "faktury@lodzdata.test",
            "ul. Piotrkowska 120\n90-006 Łódź\nPoland",
            country="PL",
            language="en",
            currency="USD",
            days_late=28,
        ),
    ],
    rates={"USD": "7.12", "EUR": "7.83"},
)

LONDON = DemoCompany(
    slug="alder-finch",
    name="Alder & Finch Design Ltd",
    currency="GBP",
    country="GB",
    language="en",
    profile={
        "address": "14 Weaver Street\nLondon E1 6QL\nUnited Kingdom",
        "phone": "+44 20 5550 0142",
        "email": "accounts@alderfinch.test",
        "website": "alderfinch.test",
        "register_line": "Registered in England and Wales 09876543 · VAT GB 987 6543 21",
        "brand_color": "#7c2d12",
    },
    banks=[
        {
            "currency": "GBP",
            "holder": "Alder & Finch Design Ltd",
            "bank": "Thames Mercantile Bank",
            "number": "GB33BUKB20201555555555",
            "code": "BUKBGB22",
        },
        {
            "currency": "EUR",
            "holder": "Alder & Finch Design Ltd",
            "bank": "Thames Mercantile Bank",
            "number": "DE89370400440532013000",
            "code": "COBADEFF",
        },
    ],
    products=[
        DemoProduct("RETAIN", "Design retainer", "month", Decimal(2400), Decimal("0.20")),
        DemoProduct("SPRINT", "Design sprint", "week", Decimal(5200), Decimal("0.20")),
        DemoProduct("AUDIT", "Accessibility audit", "report", Decimal(1850), Decimal("0.20")),
        DemoProduct("PRINT", "Print production", "run", Decimal("740.50"), Decimal("0.20")),
    ],
    customers=[
        DemoCustomer(
            "Brightwater Housing Association",
            "Brightwater",
            "Tom Hale",
            "payables@brightwater.test",
            "2 Quay Road\nBristol BS1 4XE\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            credit_limit="40000",
            days_late=6,
        ),
        DemoCustomer(
            "Northgate Theatre Trust",
            "Northgate",
            "Priya Shah",
            "finance@northgate.test",
            "Northgate Street\nLeeds LS1 5PX\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            days_late=31,
        ),
        DemoCustomer(
            "Maison Lefèvre SAS",
            "Maison Lefèvre",
            "Claire Lefèvre",
            "compta@lefevre.test",
            "18 rue des Tanneurs\n69002 Lyon\nFrance",
            country="FR",
            language="en",
            currency="EUR",
            days_late=0,
        ),
        DemoCustomer(
            "Grünwald & Söhne GmbH",
            "Grünwald",
            "Jörg Grünwald",
            "rechnung@gruenwald.test",
            "Lindenallee 7\n80339 München\nGermany",
            country="DE",
            language="en",
            currency="EUR",
            days_late=14,
        ),
        DemoCustomer(
            "Hearth Bakery",
            "Hearth",
            "Sam Okafor",
            "sam@hearth.test",
            "9 Mill Lane\nNorwich NR3 1AA\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            credit_limit="5000",
            days_late=52,
        ),
        DemoCustomer(
            "Larkfield Primary School",
            "Larkfield",
            "Ruth Bell",
            "office@larkfield.test",
            "Larkfield Road\nYork YO24 1AB\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            credit_limit="15000",
            days_late=9,
        ),
        DemoCustomer(
            "Copper Kettle Coffee Ltd",
            "Copper Kettle",
            "Ben Ames",
            "accounts@copperkettle.test",
            "31 Station Road\nCambridge CB1 2JB\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            credit_limit="",
            days_late=20,
        ),
        DemoCustomer(
            "Tideway Boats LLP",
            "Tideway",
            "Nia Pryce",
            "billing@tideway.test",
            "Boatyard Lane\nCardiff CF10 4PA\nUnited Kingdom",
            country="GB",
            language="en",
            currency="GBP",
            credit_limit="25000",
            days_late=2,
        ),
        DemoCustomer(
            "京都和纸株式会社",
            "京都和纸",
            "田中裕子",
            "keiri@kyotowashi.test",
            "京都市中京区烏丸通 101\nJapan",
            country="JP",
            language="en",
            currency="EUR",
            days_late=4,
        ),
    ],
    rates={"EUR": "0.845", "USD": "0.77"},
    reminder_days=45,
)

COMPANIES = (SHANGHAI, LONDON)
