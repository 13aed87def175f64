"""English cues that tell a reason for sure: data. Endings are taken off words before they are compared."""

from __future__ import annotations

STRONG: dict[str, tuple[str, ...]] = {
    "no_budget": (
        "-budget|-money|-funds|-funding|-cash|-afford",
        (
            "budget|funding|funds|money cut|cuts|gone|spent|exhausted|frozen|freeze|lack|limited|tight|low|short|ran|"
            "reduced|slashed"
        ),
        (
            "budget exceed|exceeded|over|beyond|out|small|used|constraint|pulled|withdrawn|rejected|denied|lost|left|"
            "issues|dried"
        ),
        "afford -can|-can't|-couldn't|unable|cannot",
        "loan|credit|financing|mortgage|lease denied|rejected|declined|refused|-approved|-get|fell",
        "cash|money flow|problem|tight|short|issues|left",
        "insufficient|lack|out funds|budget|money|funding|cash",
        "broke|insolvent|underfunded|unaffordable",
        "financial|financially difficulty|difficulties|problem|trouble|issues|situation|constraints|struggling",
    ),
    "has_supplier": (
        (
            "has|have|already|got|existing|current|own|another|happy|satisfied|stay|stick|loyal|regular supplier|"
            "vendor|provider|partner"
        ),
        (
            "works|work|working|buys|buy|uses|using|use|contract|deals|sourcing|tied|signed another|other|someone|"
            "existing|current|local"
        ),
        "happy|satisfied|stay|staying|stick|sticking|sticks|stays|fine with current|existing|their|present|what|they",
        "-switch|-change|-looking|-replace|-want supplier|vendor|provider|switch|to|switching",
        "inhouse",
        "in house do|does|make|makes|doing|built|produce",
        "locked|bound|tied contract|agreement|into",
        "incumbent",
        "under contract",
    ),
    "price_high": (
        "expensive|pricey|overpriced|costly|pricy|dear|exorbitant",
        (
            "price|pricing|cost|quote|rate|fee|costs high|higher|too|steep|above|bad|objection|issue|over|big|scared|"
            "shock|@bad|-match"
        ),
        (
            "price|pricing|cost -right|-competitive|-agree|-acceptable|lost|beat|beaten|too|couldn't|sticker|expected|"
            "tag|concern"
        ),
        (
            "cheaper|cheap found|find|wants|want|looking|option|alternative|elsewhere|somewhere|got|needed|asked|"
            "expected|online"
        ),
        "-willing|-ready|-prepared|-want pay",
        "uncompetitive",
        "above market|expectations",
        "out price|priced",
        "costs|cost much|more|lot|too",
    ),
    "purchase_not_planned": (
        "postpone|postponed|postponing|deferred|defer|delayed|delay|shelved|suspended|parked",
        "hold|pause|ice project|on|put",
        "pushed|moved|put|push back|next|later|off|until|to",
        "-planning|-planned|-plan|-plans",
        "-ready|-looking|-prepared buy|purchase|order|yet|commit|until",
        "next|until|after|later year|quarter|season|spring|summer|autumn|fall|winter|month|holidays",
        "later|revisit|return buy|purchase|year|next|will|come|spring|autumn",
        "off|low|wrong season|seasonal",
        "wait|waiting until|till|for|year|budget|tender",
        "too early buy|stage|project|still|for",
        "early stage|stages",
        "frozen|freeze|froze project|purchase|purchasing|spending|procurement",
        "well stocked|enough",
    ),
    "product_mismatch": (
        "stock|inventory out|-in|sold|not|no",
        "-stock|-available|unavailable|discontinued",
        (
            "missing|lack|lacks|lacking|-have|-support|-offer|-right|-no|without feature|features|functionality|"
            "integration|size|color|spec"
        ),
        (
            "-fit|-match|-suit|-meet|-suitable|unsuitable|mismatch|wrong spec|specs|needs|requirement|requirements|"
            "size|product|use"
        ),
        (
            "product|solution|range|features|functionality|size|model|equipment|software -fit|-suit|-right|-match|"
            "wrong|poor|limited|small"
        ),
        "limited|small|narrow|poor range|choice|selection|assortment|catalogue|catalog",
        (
            "need|needs|needed|wanted|wants|want|looking|required different|other|another product|model|size|"
            "equipment|solution|type|color"
        ),
        "need|needs|wanted|looking different|something",
        "-product|-model|-size|-feature|-features|-integration|-functionality|-such",
        "-make|-produce|-offer|-provide|-carry|-sell|-do this|that|such|it|kind|service|size|what",
        "incompatible|-compatible|-integrate",
        "technically|technical -possible|impossible|limitations|requirements|-feasible|reasons|infeasible",
    ),
    "not_interested": (
        "-interested|-interest|uninterested|disinterested|-interesting",
        "-relevant|irrelevant",
        "-need|-needed|unneeded it|this|our|us|product|service|they|he|have|at|don't|them|is|doesn't",
        "no need|use",
        "-need",
        "lack|without interest|need",
    ),
    "delivery_terms": (
        (
            "delivery|shipping|lead|turnaround|shipment|deadline|dispatch|transit time|long|slow|late|terms|takes|"
            "cost|expensive|@bad"
        ),
        (
            "delivery|shipping|shipment|lead -fast|-quick|-meet|-suit|-agree|date|dates|weeks|days|months|costs|too|"
            "conditions|wait"
        ),
        "-meet|-make|miss|missed|tight deadline|date|schedule|timeline|dates",
        "-wait|wait weeks|long|days|months|couldn't|too|for",
        "need|needed|needs|wanted|wants urgently|tomorrow|today|immediately|asap|faster|sooner|yesterday|quickly",
        "minimum order|quantity|lot|batch",
        "moq",
        (
            "payment|credit|prepayment|deposit terms|term|days|plan|upfront|required|deferred|conditions|net|refuse|"
            "refused|only|-accept"
        ),
        "-pay upfront|advance",
        "too slow|long deliver|ship|delivery|lead|arrive",
    ),
    "not_decision_maker": (
        "-decision|-decide|-decides|-authority|-authorized|-authorised",
        "decision maker|makers|lies|else|up|not|boss|made|hq|ceo|someone|head",
        (
            "boss|director|owner|headquarters|hq|ceo|manager|wife|husband|someone|head|else|management|parent decides|"
            "decide|decision"
        ),
        (
            "-reach|-reached|-get|-speak|-past|-access boss|director|owner|decision|gatekeeper|secretary|ceo|through|"
            "maker|assistant"
        ),
        "gatekeeper",
        "wrong contact|person|department|guy",
        "-sign|-approve contact|boss|he|she|anything|off|himself",
        "only|just assistant|secretary|intern|receptionist|messenger|engineer|junior",
    ),
    "territory": (
        (
            "outside|beyond|out|-in|-cover|-within|different|another|other|wrong area|region|territory|zone|coverage|"
            "country|range"
        ),
        (
            "-deliver|-ship|-serve|-operate|-cover|-work there|region|area|country|location|state|city|island|abroad|"
            "overseas|them|to"
        ),
        "too|far away|far|distance|distant|remote",
        "-branch|-office|-presence|-warehouse|-coverage there|city|region|country|area|local|their|nearby",
    ),
    "legal": (
        (
            "lawyer|lawyers|legal|attorney|solicitor|attorneys rejected|blocked|refused|said|-approve|team|department|"
            "issues|restrictions|@bad"
        ),
        (
            "legal|legally|law|regulation|regulatory|regulations|compliance issue|restriction|restrictions|reasons|"
            "problem|-allow|-pass|bar"
        ),
        "sanction|sanctions|sanctioned|embargo",
        (
            "-licence|-license|-certificate|-certification|-certified|-licensed|-permit|-permission|-accreditation|"
            "unlicensed"
        ),
        "security|compliance|vetting|background check|failed|-pass|rejected|blocked|refused|department",
        "contract terms|-sign|-agree|dispute|clause|rejected|-approved|wording",
        "vat|tax|gdpr",
        "prohibited|banned|illegal|forbidden|unlawful|ban",
    ),
    "no_trust": (
        "-trust|-trusted|-trusting|distrust|mistrust|untrusted|-believe",
        "bad|negative|poor|few|-enough|read|mixed reviews|reputation|feedback|references|press",
        "afraid|scared|fear|worried|fears|suspicious|sceptical|skeptical|doubts|doubt|wary|nervous|doubted",
        "burned|burnt|scammed|cheated|scam|fraud",
        "-know|never|unknown|-heard|unfamiliar us|company|brand|our|heard|name",
        "-references|-reviews|-guarantee|-guarantees|-credibility|credibility",
        "lack|lost|lacks trust|confidence|credibility|faith",
        "-confident|-confidence",
    ),
    "value_not_shown": (
        (
            "-see|-saw|-show|-understand|-explain|-prove|-convinced|-find|-demonstrate|-get|-shown|-explained value|"
            "benefit|point|difference"
        ),
        (
            "-see|-show|-understand|-explain|-demonstrate|-convinced|unclear|-articulate|-communicate|-grasp "
            "advantage|benefits|why|better"
        ),
        "-value|-benefit|-point|-advantage",
        "-convince|-convinced|unconvincing|unconvinced|-convincing|-persuade|-persuaded",
        "value|benefits|benefit|advantage unclear|not|proposition|-clear|-shown|-obvious|missing",
        "-worth it|money|the|price",
        "poor|weak|boring|bad demo|presentation|pitch",
    ),
    "no_urgency": (
        "-urgent|-urgency|-rush|-hurry|-pressing",
        "-priority|low priority|priorities",
        "priority low|not",
        "plenty|lots|enough time",
        "can wait",
        "old|current|existing still works|working|fine|machine|system",
        "-deadline",
        "-reason now|act|hurry|decide",
    ),
    "offer_too_early": (
        "too|prematurely|premature early|offer|quote|proposal|pitch|price|soon",
        "early|soon|prematurely quote|proposal|offer|price|pitch|quoted|pitched|invoice|pricing|offered",
        "before quote|quoted|proposal|price|offer|understanding|knowing|needs|asking|discovery|pitched",
        "without knowing|understanding|asking|discovery|needs quote|quoted|proposal|price|offer|sent|pitched|needs",
        "-understand|-identify|-ask|-discover|-qualify|-clarify needs|need|requirements|what",
        "premature|prematurely",
    ),
    "discount_not_agreed": (
        (
            "discount|discounts|rebate|markdown no|bigger|wanted|want|refused|denied|-give|-get|more|asked|larger|"
            "small|-approve|-agree"
        ),
        "-discount|-rebate",
        "-lower|-reduce|-drop|-budge|-negotiate|-cut price|prices|on|rate|us|quote",
        "special|dealer|wholesale|better price|rate|terms|pricing wanted|asked|refused|-give|expected",
        "-negotiate|haggle|haggling|haggled|-budge",
    ),
    "poor_service": (
        (
            "rude|impolite|rudeness|disrespectful|arrogant|unprofessional|incompetent|incompetence|unhelpful|pushy|"
            "aggressive"
        ),
        (
            "service|support|treatment|rep|staff|manager|salesperson|attitude|communication bad|poor|terrible|awful|"
            "horrible|rude|@bad"
        ),
        "mixed|messed|botched order|up|orders|documents|invoice|paperwork",
        "wrong|mistake|error|mistakes|errors order|invoice|documents|paperwork|address|items|quote",
        "-answer|-know question|questions|product|rep",
    ),
    "quality": (
        (
            "quality poor|low|bad|issue|issues|not|-good|inconsistent|problem|problems|concern|concerns|dropped|worse|"
            "@bad|below"
        ),
        "defect|defects|defective|faulty|broken|broke|damaged|flaw|flawed|malfunction|buggy|bug|bugs|crashes",
        "sample|samples|trial|prototype|batch failed|poor|bad|@bad|-pass|rejected|defective|worse",
        "-pass|failed test|testing|inspection|tests|trial|quality",
        "returned|return goods|batch|product|items|defective",
        "rust|rusted|leaked|leaking|cracked|torn|shoddy|flimsy",
    ),
    "roi_not_shown": (
        "roi|payback",
        "-pay|-paid off|itself|back",
        "return investment|unclear|-see|-show|on",
        "-profitable|unprofitable|-economical|uneconomical",
        "-save|-savings|savings small|money|enough|-see|unclear|-prove|costs",
        "business case no|weak|-make|-stack|not",
        "numbers -add|-work|-stack",
    ),
    "internal_politics": (
        "internal politics|conflict|fight|disagreement|issues|decision|reorganization|reorg|dispute|changes|struggle",
        "politics|infighting|nepotism|kickback|kickbacks|bribe",
        "new|change|changed|replaced|switched management|director|ceo|owner|leadership|boss|cfo|board|team",
        (
            "cfo|board|partners|owners|founders|shareholders|directors|departments|it blocked|disagree|-agree|vetoed|"
            "against|fight|fighting"
        ),
        (
            "cfo|board|partners|owners|founders|shareholders rejected|split|dispute|conflict|overruled|killed|argue|"
            "arguing"
        ),
        "tender|bid rigged|fixed|friend|relative|wired",
        "reorganization|restructuring|merger|acquired|reorg|takeover|restructured",
        "relative|nephew|friend|brother|cousin boss|director|owner|ceo",
    ),
    "apathy": (
        "lost|losing|lose|loses|faded|waning|cooled interest|enthusiasm|off",
        "interest lost|faded|waned|cooled|gone|died|dropped|dried",
        "apathy|apathetic|indifferent|indifference|unenthusiastic|lukewarm|disengaged|unmotivated|uninspired",
        "-care|-engaged|-enthusiastic|-enthusiasm|-motivated",
        "gone|went|turned cold",
    ),
    "manager_left": (
        "manager|rep|salesperson|salesman|seller|account left|quit|resigned|fired|gone|changed|leaving|departed",
        "followed|left with manager|rep|salesperson|ex|former",
        "former|ex|old manager|rep|salesperson followed|took|left|poached|gone|with",
        "-handover|handover|handed",
    ),
    "project_failed": (
        "missed|blew|broke deadline|deadlines|promise|promises|delivery",
        (
            "project|pilot|implementation|rollout|trial|launch|installation|integration failed|failure|fail|fiasco|"
            "disaster|-work|botched"
        ),
        "we|us failed|fail deliver|project|them|him|pilot|last|before",
        "let down|them|him",
        "-deliver|-keep promise|promised|on|what|time",
        "bad|previous|past|last experience|project|order failed|bad|us|with|poor|fiasco",
        "bad experience",
    ),
    "neglect": (
        (
            "forgot|forgotten|forget|neglected|ignored|overlooked|abandoned client|customer|them|him|we|us|call|"
            "follow|her|about"
        ),
        "never|we|us called|call|followed|follow|replied|responded|contacted|answered back|up|them|him|her|customer|we",
        "-follow|-followed up|them|we",
        "-called|-call back",
        (
            "late|slow|slowly|long|delayed|weeks reply|response|quote|respond|proposal|answer|responding|replied|"
            "follow|responded|answering"
        ),
        "lost request|inquiry|email|enquiry|application",
        "late|slow|took quote|reply|too|respond|proposal|send|answer|sending",
        "nobody|noone|no one called|replied|answered|contacted|responded|back|followed",
        "-attention|neglect",
        "missed call|calls|follow|callback|email",
        "-contact|-contacted months|year|long|since|while|ages",
    ),
    "needs_changed": (
        "-longer need|needs|needed|require|required|necessary|relevant",
        (
            "needs|need|requirements|plans|priorities|plan|project|scope|strategy|situation|direction|circumstances "
            "changed|change|different"
        ),
        "needs|need|requirements|plans|priorities|plan|scope|strategy shifted|disappeared|gone|changes|evolved|shift",
        (
            "project|event|tender|construction|order|plan|renovation cancelled|canceled|cancel|scrapped|abandoned|"
            "dropped|closed"
        ),
        "project|event|tender|construction killed|stopped|terminated|died|axed|off",
        "pivot|pivoted|pivoting",
        "built|build|solved|solve|did|doing|fixed themselves|itself|himself|ourselves|internally",
        "sold house|land|property|site|car|plot",
    ),
    "competitor_offer": (
        "competitor|competitors|competition|rival|rivals",
        (
            "bought|buy|purchased|ordered|got|signed|found|hired elsewhere|another|other|somewhere|someone|amazon|"
            "ebay|online|different"
        ),
        (
            "went|go|gone|switched|moved|chose|chosen|picked|selected|preferred|prefer another|other|someone|"
            "elsewhere|different|else"
        ),
        "already bought|purchased|ordered|signed|chose|chosen",
        "lost tender|bid|auction|to",
        (
            "better offer|deal|terms|elsewhere|proposal|alternative received|got|found|another|other|elsewhere|from|"
            "had|them|gave"
        ),
        "found better|alternative|another|other offer|deal|option|provider|supplier|one|alternative|solution|vendor",
        "chose|picked|selected|preferred|went vendor|supplier|provider|company|brand|with",
    ),
    "closed_business": (
        "bankrupt|bankruptcy|insolvency|liquidation|liquidated|liquidating|defunct",
        "out business",
        (
            "closed|closing|shut|ceased|wound|wind|folded|sold business|company|shop|store|down|doors|operations|"
            "trading|firm|restaurant|up"
        ),
        "company|business|firm|shop|store dissolved|gone|ceased|folded|-exist|closed|stopped|-longer",
        "-exist",
    ),
    "moved_away": (
        (
            "moved|relocated|relocating|moving|emigrated|relocate away|city|country|abroad|another|other|out|to|"
            "overseas|different"
        ),
        "relocated|relocation|emigrated",
        "left country|city|town",
    ),
    "other": (),
}
